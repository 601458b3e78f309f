package io.bargein.server;

import io.bargein.protocol.Limits;
import io.bargein.server.conversation.ConversationLimits;
import io.bargein.server.session.SessionSettings;
import io.bargein.server.transport.HttpSettings;
import io.bargein.server.transport.InvocationSettings;
import io.bargein.server.transport.LifetimeSettings;
import io.bargein.server.transport.LivenessSettings;
import io.bargein.server.transport.OutputSettings;
import io.bargein.server.transport.TransportSettings;
import java.time.Duration;
import java.util.Objects;

/** The limits and times that an embedder may set, each by the name of its flag; a part of {@link BargeinServerBuilder}. */
abstract class ServerSettings {
    TransportSettings transport = TransportSettings.defaults(BargeinServer.DEFAULT_HOST, BargeinServer.DEFAULT_PORT);
    SessionSettings session = SessionSettings.DEFAULT;
    ConversationLimits conversation = ConversationLimits.DEFAULT;

    abstract BargeinServerBuilder self();

    /**
     * Sets how many event loops serve connections, where none are brought along.
     *
     * @param ioThreads 1 to 1,024; default one a processor
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder ioThreads(int ioThreads) {
        transport = transport.withIoThreads(ioThreads);
        return self();
    }

    /**
     * Sets how many WebSocket connections and invocations there may be at a time.
     *
     * @param maxConnections 1 to 10,000,000; default 20,000; past it 503 with {@code Retry-After}
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder maxConnections(int maxConnections) {
        transport = transport.withMaxConnections(maxConnections);
        return self();
    }

    /**
     * Sets how large what is on the wire may be: messages taken in, prompts, frames sent.
     *
     * @param limits default {@link Limits#DEFAULT}, which says what the peer sees past them
     * @return this builder
     * @throws NullPointerException if it is null
     */
    public BargeinServerBuilder limits(Limits limits) {
        transport = transport.with(Objects.requireNonNull(limits, "limits"));
        return self();
    }

    /**
     * Sets how many data frames a connection is sent in any second; above it adjacent chunks become one.
     *
     * @param framesPerSecond 0 to 100,000; default 200, as AgentCore's proxy closes a connection at more than 250; 0 is no limit
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder framesPerSecond(int framesPerSecond) {
        OutputSettings now = transport.output();
        transport = transport.with(new OutputSettings(framesPerSecond, now.merging(), now.lowWaterBytes(), now.highWaterBytes(),
                now.unsentBytes()));
        return self();
    }

    /**
     * Sets how long an HTTP request may take from its first byte, each 16 KiB of an invocation's body, and a new
     * connection to its first request.
     *
     * @param requestTimeout 100 ms to 5 min; default 10 s; past it 408 where something has come, and the connection is closed
     * @return this builder
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder requestTimeout(Duration requestTimeout) {
        Objects.requireNonNull(requestTimeout, "requestTimeout");
        HttpSettings now = transport.http();
        transport = transport.with(new HttpSettings(now.maxRequestLineBytes(), now.maxHeaderBytes(), requestTimeout, now.keepAliveTimeout(),
                now.page(), now.invocations()));
        return self();
    }

    /**
     * Sets how long a connection may be idle between HTTP requests.
     *
     * @param keepAliveTimeout 100 ms to 1 h; default 60 s; past it the connection is closed
     * @return this builder
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder keepAliveTimeout(Duration keepAliveTimeout) {
        Objects.requireNonNull(keepAliveTimeout, "keepAliveTimeout");
        HttpSettings now = transport.http();
        transport = transport.with(new HttpSettings(now.maxRequestLineBytes(), now.maxHeaderBytes(), now.requestTimeout(), keepAliveTimeout,
                now.page(), now.invocations()));
        return self();
    }

    /**
     * Sets how long the body of an invocation may be.
     *
     * @param maxInvocationBytes 1 KiB to 64 MiB; default 10 MiB; past it 413
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder maxInvocationBytes(int maxInvocationBytes) {
        InvocationSettings now = transport.http().invocations();
        transport = transport.with(transport.http().with(new InvocationSettings(maxInvocationBytes, now.maxInvocationsTotalBytes(),
                now.whileBusy())));
        return self();
    }

    /**
     * Sets how often a WebSocket client is sent a ping (RFC 6455, section 5.5.2).
     *
     * @param pingInterval 100 ms to 1 h; default 20 s, as AgentCore's proxy cuts a silent connection at 60 s; zero sends none
     * @return this builder
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder pingInterval(Duration pingInterval) {
        Objects.requireNonNull(pingInterval, "pingInterval");
        LivenessSettings now = transport.liveness();
        transport = transport.with(new LivenessSettings(pingInterval, now.pongTimeout(), now.slowReaderTimeout(),
                now.messageTimeout(), now.closeTimeout()));
        return self();
    }

    /**
     * Sets how long after a ping a client's next sign of life may take: any byte, or any progress of what it is sent.
     *
     * @param pongTimeout 100 ms to 1 h; default 20 s; past it the connection is closed with 1008
     * @return this builder
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder pongTimeout(Duration pongTimeout) {
        Objects.requireNonNull(pongTimeout, "pongTimeout");
        LivenessSettings now = transport.liveness();
        transport = transport.with(new LivenessSettings(now.pingInterval(), pongTimeout, now.slowReaderTimeout(),
                now.messageTimeout(), now.closeTimeout()));
        return self();
    }

    /**
     * Sets how long a client may take nothing of what waits for it.
     *
     * @param slowReaderTimeout 100 ms to 1 h; default 30 s; past it the connection is closed, with 1008 after the upgrade
     * @return this builder
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder slowReaderTimeout(Duration slowReaderTimeout) {
        Objects.requireNonNull(slowReaderTimeout, "slowReaderTimeout");
        LivenessSettings now = transport.liveness();
        transport = transport.with(new LivenessSettings(now.pingInterval(), now.pongTimeout(), slowReaderTimeout,
                now.messageTimeout(), now.closeTimeout()));
        return self();
    }

    /**
     * Sets how old a WebSocket connection may get; a running turn may end, for a minute more.
     *
     * @param maxConnectionAge 100 ms to 14 days; default 58 min, as AgentCore's proxy cuts one at 60 min; zero is any
     *     age; past it the connection is closed with 1001
     * @return this builder
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder maxConnectionAge(Duration maxConnectionAge) {
        Objects.requireNonNull(maxConnectionAge, "maxConnectionAge");
        transport = transport.with(new LifetimeSettings(maxConnectionAge, transport.lifetime().idleTimeout()));
        return self();
    }

    /**
     * Sets how long a WebSocket client may neither say nor be told anything; its pings count, its pongs do not.
     *
     * @param idleTimeout 100 ms to 14 days; default zero, which is any time; past it the connection is closed with 1001
     * @return this builder
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder idleTimeout(Duration idleTimeout) {
        Objects.requireNonNull(idleTimeout, "idleTimeout");
        transport = transport.with(new LifetimeSettings(transport.lifetime().maxAge(), idleTimeout));
        return self();
    }

    /**
     * Sets how long the answer of one turn may be, in bytes of UTF-8.
     *
     * @param maxAnswerBytes 1 KiB to 64 MiB; default 1 MiB; past it the turn ends with an error
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder maxAnswerBytes(int maxAnswerBytes) {
        session = new SessionSettings(maxAnswerBytes, session.releaseWait());
        return self();
    }

    /**
     * Sets how many messages of a conversation are remembered.
     *
     * @param conversationMessages 2 to 10,000; default 40; past it the oldest turns are forgotten
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder conversationMessages(int conversationMessages) {
        conversation = new ConversationLimits(conversationMessages, conversation.maxBytes(), conversation.maxTotalBytes(),
                conversation.idleTimeout());
        return self();
    }

    /**
     * Sets how much text of a conversation is remembered.
     *
     * @param conversationBytes 1 KiB to 1 GiB, and at most what all together may be; default 1 MiB; past it the oldest
     *     turns are forgotten
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder conversationBytes(long conversationBytes) {
        conversation = new ConversationLimits(conversation.maxMessages(), conversationBytes, conversation.maxTotalBytes(),
                conversation.idleTimeout());
        return self();
    }

    /**
     * Sets how much text of all conversations together is remembered.
     *
     * @param conversationsTotalBytes what one may be to 1 TiB; default 256 MiB; past it those longest without a connection
     *     are forgotten
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder conversationsTotalBytes(long conversationsTotalBytes) {
        conversation = new ConversationLimits(conversation.maxMessages(), conversation.maxBytes(), conversationsTotalBytes,
                conversation.idleTimeout());
        return self();
    }

    /**
     * Sets how long a conversation without a connection is remembered.
     *
     * @param conversationIdleTimeout 1 s to 30 days; default 1 h
     * @return this builder
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it is out of range
     */
    public BargeinServerBuilder conversationIdleTimeout(Duration conversationIdleTimeout) {
        Objects.requireNonNull(conversationIdleTimeout, "conversationIdleTimeout");
        conversation = new ConversationLimits(conversation.maxMessages(), conversation.maxBytes(), conversation.maxTotalBytes(),
                conversationIdleTimeout);
        return self();
    }
}
