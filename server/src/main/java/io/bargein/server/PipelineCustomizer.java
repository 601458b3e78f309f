package io.bargein.server;

import io.netty.channel.ChannelPipeline;

/**
 * Adds handlers of an application's own to each connection's pipeline: HTTP routes, framing below WebSocket, compression. Both methods are
 * called on the connection's event loop, which other connections share, and must not block; a handler that does is logged with its stack
 * once it has blocked for 80 to 100 ms. If one throws, or takes a handler of the server's away, that is logged and the connection is closed;
 * nothing else is harmed. The connections of a {@linkplain BargeinServerBuilder#warmUp warm-up} are not customized.
 *
 * <p>The server's handlers have names, which are the anchors for {@link ChannelPipeline#addBefore} and {@link ChannelPipeline#addAfter};
 * handlers that are added need names of their own. Read down for what comes in, up for what goes out.
 *
 * <table>
 * <caption>Until the upgrade</caption>
 * <tr><th>name</th><th>what it does</th><th>what to add before it</th></tr>
 * <tr><td>{@code deadline}</td><td>ends requests that take too long, and silence</td><td>what works on bytes: TLS, the PROXY protocol,
 *     traffic shaping. It stays after the upgrade</td></tr>
 * <tr><td>{@code slow-reader}</td><td>ends clients that do not take their answer</td><td></td></tr>
 * <tr><td>{@code http}</td><td>bytes to requests, responses to bytes</td><td></td></tr>
 * <tr><td>{@code one-at-a-time}</td><td>each request once the one before is answered</td><td>what has to see each request and
 *     response: {@code HttpContentCompressor}, {@code HttpServerKeepAliveHandler}</td></tr>
 * <tr><td>{@code gate}</td><td>only well-formed requests pass</td><td>routes that take a body</td></tr>
 * <tr><td>{@code ping}</td><td>{@code /ping}</td><td>all other routes</td></tr>
 * <tr><td>{@code invocations}</td><td>{@code /invocations}</td><td></td></tr>
 * <tr><td>{@code upgrade}</td><td>{@code /ws}</td><td>authentication of upgrades; or routes</td></tr>
 * <tr><td>{@code not-found}</td><td>all else: 404</td><td></td></tr>
 * </table>
 *
 * <p>A route's handler takes the requests that are its own and passes all others on with {@code ctx.fireChannelRead}.
 * <ul>
 * <li>Behind {@code gate} it gets each request as one {@link io.netty.handler.codec.http.HttpRequest} without its body, which has been
 *     read and dropped, once the request is whole and the one before is answered. Only {@code POST /invocations} passes with the
 *     pieces of its body behind it, and only before {@code invocations}.
 * <li>Between {@code one-at-a-time} and {@code gate} it gets the head and then the pieces of the body, to be released, and nothing has
 *     been checked yet. The whole has to come within the time for a request (10 s). An {@code HttpObjectAggregator} there would
 *     take the bodies of all routes, and is refused.
 * <li>It answers each request with exactly one response, which says how long it is ({@code Content-Length}, or chunks), by
 *     {@code ctx.writeAndFlush}, now or later, from any thread; the next request comes when the end of the response is written. Unless
 *     it closes the connection, it may not answer before the request is whole. Connections that are not to be kept
 *     ({@code Connection: close}, HTTP/1.0) are its to close behind the response, or an {@code HttpServerKeepAliveHandler}'s.
 * </ul>
 *
 * <table>
 * <caption>After the upgrade</caption>
 * <tr><th>name</th><th>what it does</th><th>what to add before it</th></tr>
 * <tr><td>{@code liveness}</td><td>pings; ends peers that are dead or do not read</td><td>what works on bytes</td></tr>
 * <tr><td>{@code frame-decoder}</td><td>bytes to frames</td><td></td></tr>
 * <tr><td>{@code utf8}</td><td>checks text</td><td>what looks at frames</td></tr>
 * <tr><td>{@code lifetime}</td><td>ends connections that are old, or that nobody uses</td><td></td></tr>
 * <tr><td>{@code control}</td><td>pongs, and the closing handshake</td><td></td></tr>
 * <tr><td>{@code whole}</td><td>fragments to messages</td><td></td></tr>
 * <tr><td>{@code session}</td><td>messages to turns</td><td>what looks at whole messages; they are to be passed on, or released</td></tr>
 * </table>
 *
 * <p>Frames come in as {@link io.netty.handler.codec.http.websocketx.WebSocketFrame}s and go out as bytes: what the server sends is
 * laid out as frames already, many in one {@link io.netty.buffer.ByteBuf}, and is not to be changed but as bytes. WebSocket extensions
 * such as permessage-deflate are therefore not possible, and their handlers are refused.
 */
public interface PipelineCustomizer {

    /**
     * A connection was accepted, and the handlers for HTTP are in place. Those that are added behind {@code http} are removed with the
     * server's at the upgrade; those before it stay.
     *
     * @param pipeline the connection's pipeline
     */
    default void accepted(ChannelPipeline pipeline) {}

    /**
     * A connection was upgraded: the handlers for WebSocket are in place, those for HTTP are gone but for {@code http} itself, which goes
     * when this returns, and no frame has been read.
     *
     * @param pipeline the connection's pipeline
     */
    default void upgraded(ChannelPipeline pipeline) {}
}
