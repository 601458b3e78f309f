package io.bargein.loadtest.frontdoor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/** Invocations by a client of the JDK's, signed by the SDK's signer of today. */
@Timeout(60)
class InvocationTest {
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(WAIT).build();
    private final Container container = new Container();
    private FrontDoor door;

    @BeforeEach
    void open() throws IOException {
        door = FrontDoor.before(container.uri()).credentials(Vectors.KEY, Vectors.SECRET, null).open();
    }

    @AfterEach
    void close() {
        door.close();
        container.close();
    }

    private <T> HttpResponse<T> invokes(String signedBody, String body, HttpResponse.BodyHandler<T> handler) throws Exception {
        SdkHttpRequest request = SdkHttpRequest.builder().method(SdkHttpMethod.POST).uri(door.invocationsUri())
                .appendRawQueryParameter("qualifier", "DEFAULT").putHeader("Content-Type", "application/json").build();
        SdkHttpRequest signed = AwsV4HttpSigner.create().sign(sign -> sign.request(request)
                .identity(AwsCredentialsIdentity.create(Vectors.KEY, Vectors.SECRET))
                .payload(ContentStreamProvider.fromUtf8String(signedBody))
                .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "bedrock-agentcore")
                .putProperty(AwsV4HttpSigner.REGION_NAME, "us-west-2")).request();
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(door.invocationsUri() + "?qualifier=DEFAULT")).timeout(WAIT)
                .POST(BodyPublishers.ofString(body));
        signed.forEachHeader((name, values) -> {
            if (!name.equalsIgnoreCase("Host")) {
                values.forEach(value -> builder.header(name, value));
            }
        });
        return client.send(builder.build(), handler);
    }

    private HttpResponse<String> invokes(String body) throws Exception {
        return invokes(body, body, BodyHandlers.ofString());
    }

    @Test
    void passesTheBodyAndTheAnswerAsTheyAre() throws Exception {
        for (String body : new String[] {"{}", "\"é日\"", ""}) {
            HttpResponse<String> response = invokes(body);
            assertEquals("200 {\"echo\": " + body + "}", response.statusCode() + " " + response.body());
            assertEquals("application/json", response.headers().firstValue("Content-Type").orElse(""));
            assertEquals(body, container.arrival().body());
        }
    }

    @Test
    void refusesABodyThatIsNotTheOneThatWasSigned() throws Exception {
        HttpResponse<String> response = invokes("{\"a\":1}", "{\"a\":2}", BodyHandlers.ofString());
        assertEquals(403, response.statusCode());
        assertTrue(response.body().contains("does not match the signature you provided"), response.body());
        assertTrue(container.sawNothing());
    }

    @Test
    void passesEachEventOnAsItComes() throws Exception {
        BlockingQueue<ChannelHandlerContext> streams = new LinkedBlockingQueue<>();
        container.answersInvocations((ctx, request) -> {
            ctx.writeAndFlush(eventStream());
            streams.add(ctx);
        });
        HttpResponse<InputStream> response = invokes("{}", "{}", BodyHandlers.ofInputStream());
        assertEquals("200 text/event-stream", response.statusCode() + " " + response.headers().firstValue("Content-Type").orElse(""));
        ChannelHandlerContext stream = streams.poll(20, TimeUnit.SECONDS);
        InputStream body = response.body();
        for (int i = 0; i < 10; i++) {
            String event = "data: \"" + i + "\"\n\n";
            stream.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(event, StandardCharsets.UTF_8)));
            assertEquals(event, new String(body.readNBytes(event.length()), StandardCharsets.UTF_8)); // Before the next is written.
        }
        stream.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        assertEquals(-1, body.read());
        container.answersInvocations((ctx, request) -> Container.answer(ctx, HttpResponseStatus.OK, "next"));
        assertEquals("next", invokes("{}").body());
    }

    private static DefaultHttpResponse eventStream() {
        DefaultHttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        response.headers().set("Content-Type", "text/event-stream");
        HttpUtil.setTransferEncodingChunked(response, true);
        return response;
    }

    @Test
    void tellsTheContainerThatTheCallerLeft() throws Exception {
        CompletableFuture<Void> left = new CompletableFuture<>();
        container.answersInvocations((ctx, request) -> {
            ctx.writeAndFlush(eventStream());
            ctx.channel().closeFuture().addListener(closed -> left.complete(null));
        });
        invokes("{}", "{}", BodyHandlers.ofInputStream()).body().close();
        left.get(20, TimeUnit.SECONDS);
    }

    @Test
    void takesNoMoreFromTheContainerThanTheCallerDoes() throws Exception {
        long most = 64L << 20;
        CompletableFuture<Long> stuck = new CompletableFuture<>();
        CompletableFuture<Long> ended = new CompletableFuture<>();
        container.answersInvocations((ctx, request) -> {
            ctx.writeAndFlush(eventStream());
            flood(ctx, 0, most, stuck, ended);
        });
        try (InputStream body = invokes("{}", "{}", BodyHandlers.ofInputStream()).body()) {
            assertTrue(stuck.get(20, TimeUnit.SECONDS) < most);
            assertEquals(most, body.transferTo(OutputStream.nullOutputStream()));
        }
        assertEquals(most, ended.get(20, TimeUnit.SECONDS));
    }

    /** Writes, piece after piece as they leave; the kernel has taken none for a while when nobody reads them. */
    private static void flood(ChannelHandlerContext ctx, long written, long most, CompletableFuture<Long> stuck, CompletableFuture<Long> ended) {
        if (written == most) {
            stuck.complete(written);
            ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(done -> ended.complete(written));
            return;
        }
        Future<?> timer = ctx.executor().schedule(() -> stuck.complete(written), 500, TimeUnit.MILLISECONDS);
        ctx.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[256 << 10]))).addListener(done -> {
            timer.cancel(false);
            if (done.isSuccess()) {
                ctx.executor().execute(() -> flood(ctx, written + (256 << 10), most, stuck, ended));
            }
        });
    }

    @Test
    void hidesWhatTheContainerSaysWhenItFails() throws Exception {
        for (int status : new int[] {400, 404, 500, 503}) {
            container.answersInvocations((ctx, request) -> Container.answer(ctx, HttpResponseStatus.valueOf(status), "secret"));
            HttpResponse<String> response = invokes("{}");
            assertEquals("424 RuntimeClientError", response.statusCode() + " " + response.headers().firstValue("x-amzn-ErrorType").orElse(""));
            assertEquals("{\"message\":\"Received error (" + status + ") from runtime. Please check your CloudWatch logs for more information.\"}",
                    response.body());
        }
    }

    @Test
    void tellsTheCallerThatNoContainerIsThere() throws Exception {
        container.close();
        HttpResponse<String> response = invokes("{}");
        assertEquals("424 RuntimeClientError", response.statusCode() + " " + response.headers().firstValue("x-amzn-ErrorType").orElse(""));
        assertTrue(response.body().contains("Runtime initialization time exceeded"), response.body());
    }

    @Test
    void tellsTheCallerThatTheContainerLeftWithoutAnAnswer() throws Exception {
        container.answersInvocations((ctx, request) -> ctx.close());
        assertEquals(424, invokes("{}").statusCode());
    }

    @Test
    void breaksAnAnswerOffWhereTheContainerDid() throws Exception {
        container.answersInvocations((ctx, request) -> {
            ctx.write(eventStream());
            ctx.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer("half", StandardCharsets.UTF_8))).addListener(ChannelFutureListener.CLOSE);
        });
        try (InputStream body = invokes("{}", "{}", BodyHandlers.ofInputStream()).body()) {
            assertNotNull(assertThrows(IOException.class, body::readAllBytes));
        }
    }
}
