package io.bargein.server.transport;

import io.bargein.protocol.Framing;
import io.bargein.server.session.BusyPolicy;
import io.bargein.server.session.Session;
import io.bargein.server.session.SessionServices;
import io.bargein.server.spi.RequestContext;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.util.concurrent.Ticker;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The pipeline: read down for what comes in, up for what goes out. Until the upgrade:
 *
 * <pre>
 * deadline       one deadline a request, one for the silence between two
 * slow-reader    clients that do not take their answer
 * http           HTTP/1.1, bytes to requests
 * one-at-a-time  each request once the one before is answered
 * gate           only well-formed requests pass, each once it is whole, but those to /invocations piece by piece
 * ping           GET /ping ends here
 * invocations    POST /invocations: its body to a session of its own; the answer leaves by an {@link AnswerOutbound}
 * page           GET /: the chat page, if there is to be one
 * upgrade        GET /ws: the handshake, admission, and the change to what follows
 * not-found      all else
 * </pre>
 *
 * After it:
 *
 * <pre>
 * liveness       pings; peers that are dead or do not read
 * frame-decoder  RFC 6455, bytes to frames
 * utf8           text that is none is refused at its first bad byte
 * lifetime       connections that are old, or that nobody uses
 * control        pongs, and the closing handshake
 * whole          fragments to messages
 * session        messages to the session; what the session says leaves by the {@link Outbox}, as bytes
 * </pre>
 */
final class ServerPipeline extends ChannelInitializer<Channel> {
    /** How many requests may have been decoded and not answered: more than one read holds, so that {@link OneAtATime} is the limit. */
    private static final int MAX_PIPELINE_DEPTH = 8_192;

    /** The handlers that no hook may remove: until the upgrade, and after it. */
    private static final List<String> HTTP = List.of("deadline", "slow-reader", "http", "one-at-a-time", "gate", "ping", "invocations",
            "upgrade", "not-found");
    private static final List<String> WEB_SOCKET = List.of("liveness", "frame-decoder", "utf8", "lifetime", "control", "whole", "session");

    private final TransportSettings settings;
    private final Hooks hooks;
    /** Null where nothing watches. */
    private final LoopWatch watch;
    private final SessionServices services;
    private final Framings framings;
    private final ChannelGroup connections;
    /** What has had connections: one that has just ended may not be off its loop yet. */
    private final Set<EventLoop> used = ConcurrentHashMap.newKeySet();
    private final Ticker ticker;
    private final WebSocketDecoderConfig frames;
    private final Admission admission;
    private final PingHandler ping;
    private final Invocations invocations;
    private final UpgradeHandler upgrade;
    /** Null where there is to be none. */
    private final PageHandler page;
    private final NotFoundHandler notFound = new NotFoundHandler();

    ServerPipeline(TransportSettings settings, SessionServices services, ChannelGroup connections, Ticker ticker) {
        this(settings, Embedding.NONE, null, services, connections, ticker);
    }

    ServerPipeline(TransportSettings settings, Embedding embedding, LoopWatch watch, SessionServices services, ChannelGroup connections,
            Ticker ticker) {
        this.settings = settings;
        this.framings = embedding.framings();
        this.hooks = new Hooks(embedding.hooks());
        this.watch = watch;
        this.services = services;
        this.connections = connections;
        this.ticker = ticker;
        this.frames = WebSocketDecoderConfig.newBuilder()
                .maxFramePayloadLength(settings.limits().maxMessageBytes())
                .allowExtensions(false)
                .expectMaskedFrames(true)
                .closeOnProtocolViolation(false)
                .build();
        this.ping = new PingHandler(services.health());
        this.admission = new Admission(settings.maxConnections(), services.health());
        this.invocations = Invocations.of(settings, admission, services);
        this.upgrade = new UpgradeHandler(admission, embedding.framings(), this);
        this.page = settings.http().page() ? new PageHandler() : null;
    }

    /** Whether work is taken. */
    Admission admission() {
        return admission;
    }

    /** The event loops that have had connections. */
    Set<EventLoop> used() {
        return used;
    }

    @Override
    protected void initChannel(Channel channel) {
        used.add(channel.eventLoop());
        connections.add(channel);
        if (watch != null) {
            watch.enter(channel);
        }
        RequestDeadline deadline = new RequestDeadline(settings.http());
        channel.pipeline()
                .addLast("deadline", deadline)
                .addLast("slow-reader", new SlowReader(settings.liveness().slowReaderTimeout()))
                .addLast("http", new HttpServerCodec(new HttpDecoderConfig()
                        .setMaxInitialLineLength(settings.http().maxRequestLineBytes())
                        .setMaxHeaderSize(settings.http().maxHeaderBytes()), MAX_PIPELINE_DEPTH))
                .addLast("one-at-a-time", new OneAtATime(deadline))
                .addLast("gate", new RequestGate(deadline))
                .addLast("ping", ping)
                .addLast("invocations", new InvocationHandler(invocations, deadline))
                .addLast("upgrade", upgrade)
                .addLast("not-found", notFound);
        if (page != null) {
            channel.pipeline().addBefore("upgrade", "page", page);
        }
        hooks.accepted(channel.pipeline(), HTTP);
    }

    /** The handshake is out: frames from here on. Bytes that came with the handshake reach the frame decoder too. */
    void upgraded(Channel channel, RequestContext context, String subprotocol) {
        Framing.Connection connection = new Framing.Connection(
                context.sessionId(), subprotocol, settings.limits(), settings.lifetime().idleTimeout());
        Outbox outbox = new Outbox(channel, settings.limits(), settings.output(),
                settings.liveness().closeTimeout().toNanos(), ticker);
        Session session = new Session(context, channel.eventLoop(), outbox, services, BusyPolicy.CUT_IN);
        outbox.listener(session);

        ChannelPipeline p = channel.pipeline();
        List<String> before = p.names();
        p.addLast("liveness", new Liveness(settings.liveness(), outbox, ticker));
        p.addLast("frame-decoder", new WebSocket13FrameDecoder(frames));
        p.addLast("utf8", new Utf8FrameValidator(false));
        p.addLast("lifetime", new Lifetime(settings.lifetime(), session, ticker));
        p.addLast("control", new ControlFrames(outbox));
        p.addLast("whole", new WholeMessages(settings.limits(), settings.liveness().messageTimeout(), outbox));
        p.addLast("session", new SessionHandler(framings, connection, outbox, session));

        // What hooks added behind the codec speaks HTTP too. The last name is that of Netty's own tail.
        List<String> behindHttp = before.subList(before.indexOf("http") + 1, before.size() - 1);
        for (int i = behindHttp.size() - 1; i >= 0; i--) {
            if (p.context(behindHttp.get(i)) != null) {
                p.remove(behindHttp.get(i));
            }
        }
        p.remove("slow-reader");
        p.remove("deadline");
        if (hooks.upgraded(p, WEB_SOCKET)) {
            // Last, as it passes on what it has not decoded to the handler behind it.
            p.remove("http");
        }
    }
}
