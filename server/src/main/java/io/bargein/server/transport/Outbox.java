package io.bargein.server.transport;

import io.bargein.protocol.CloseCode;
import io.bargein.protocol.Framing;
import io.bargein.protocol.Limits;
import io.bargein.protocol.ServerMessage;
import io.bargein.server.session.Outbound;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * All that leaves an upgraded connection leaves from here, in this order: control frames, the rest of a message whose first
 * fragment is out (RFC 6455, section 5.4), the control lane, the one Close frame, the data lane. The channel itself is kept
 * shallow by its water marks, so that what overtakes here overtakes on the wire.
 *
 * <p>Reading goes on while data waits, so that a slow reader's interrupt is heard at once; it pauses only when the answers to what
 * was read, in the control lane, pile up themselves (trap T1 of a peer that asks and never reads).
 *
 * <p>Driven by {@link #flush}, by the channel becoming writable and by the pacer's timer, never by tasks that post themselves.
 * Confined to the channel's event loop.
 */
final class Outbox implements Outbound {

    /** At how many waiting chars of data no more is asked of the model. */
    private static final int ROOM_CHARS = 16 << 10;

    /** What a chunk is on the wire beside its text: {@code {"type":"chunk","data":""}}. */
    private static final int SHAPE_BYTES = 27;

    /** At how many waiting control messages no more is read, and at how few reading goes on. */
    private static final int PAUSE_READING_AT = 64;
    private static final int RESUME_READING_AT = 16;

    /** The closing handshake, from the first wish to close. */
    private enum Closing {
        /** Nobody wants to close. */
        NO,
        /** The Close frame waits for the control lane. */
        WANTED,
        /** The Close frame is out; the peer's is awaited. */
        SENT,
        /** Both are out, or the time for it is up. */
        DONE
    }

    /** How the connection ends. */
    record End(int code, String reason, String by) {
        /** It broke, without a Close frame (RFC 6455, section 7.1.5). */
        static final End LOST = new End(CloseCode.ABNORMAL, "", "nobody");
    }

    private final Channel channel;
    private final Limits limits;
    private final OutputSettings settings;
    private final long closeTimeoutNanos;
    private final Ticker ticker;
    private final FramePacer pacer;
    private final Queue<ServerMessage> control = new ArrayDeque<>(2);
    private final DataLane data = new DataLane();

    /** What leaves at the end of the running pump. */
    private final FrameBatch batch;

    private Listener listener;
    /** Set with the client's first message, before which nothing is said (contract C84). */
    private Framing.Codec codec;
    /** The message whose first fragment is out and whose last is not; null if there is none. */
    private Framing.Encoding unfinished;
    /** The newest pong that waits; a peer that pings faster than it reads gets only that (RFC 6455, section 5.5.3). */
    private ByteBuf pong;
    private boolean pingWaits;
    /** Whether a chunk had to wait for the frame rate; then those that wait are merged, whatever the setting. */
    private boolean paced;
    /** Of the wait for the frame rate; null if none is begun. */
    private Future<?> pacerTimer;
    private long pacerDueNanos;
    private Closing closing = Closing.NO;
    private CloseWebSocketFrame closeFrame;
    private End end = End.LOST;
    private Future<?> closeTimer;
    /** Whether the peer's Close has come. */
    private boolean peerClosed;
    /** Whether the peer broke the protocol so that its Close can no longer be read. */
    private boolean peerFailed;
    private boolean pumping;
    private boolean roomWasDenied;

    Outbox(Channel channel, Limits limits, OutputSettings settings, long closeTimeoutNanos, Ticker ticker) {
        this.channel = channel;
        this.limits = limits;
        this.settings = settings;
        this.closeTimeoutNanos = closeTimeoutNanos;
        this.ticker = ticker;
        this.pacer = new FramePacer(settings.framesPerSecond());
        this.batch = new FrameBatch(channel.alloc());
    }

    void listener(Listener listener) {
        this.listener = listener;
    }

    /** From now on messages may be sent. @param codec closed here, once the channel is gone */
    void codec(Framing.Codec codec) {
        this.codec = codec;
    }

    @Override
    public void data(ServerMessage message) {
        assert channel.eventLoop().inEventLoop();
        if (closing == Closing.NO) {
            data.add(message);
        }
    }

    @Override
    public void purgeData() {
        assert channel.eventLoop().inEventLoop();
        data.clear();
        paced = false;
    }

    @Override
    public void control(ServerMessage message) {
        assert channel.eventLoop().inEventLoop();
        if (closing == Closing.NO) {
            control.add(message);
            if (control.size() >= PAUSE_READING_AT) {
                channel.config().setAutoRead(false);
            }
        }
    }

    @Override
    public boolean hasRoom() {
        boolean room = data.chars() < ROOM_CHARS && channel.isWritable() && closing == Closing.NO;
        roomWasDenied |= !room;
        return room;
    }

    void ping() {
        pingWaits = true;
        flush();
    }

    /** @param payload released here */
    void pong(ByteBuf payload) {
        if (pong != null) {
            pong.release();
        }
        pong = payload;
        flush();
    }

    @Override
    public void close(int code, String reason) {
        assert channel.eventLoop().inEventLoop();
        if (closing != Closing.NO) {
            return;
        }
        closing = Closing.WANTED;
        // A reason is ours: what the peer said of itself is answered without one.
        end = new End(code, reason, peerClosed && reason.isEmpty() ? "client" : "server");
        closeFrame = code == CloseCode.NO_STATUS ? new CloseWebSocketFrame() : new CloseWebSocketFrame(code, reason);
        purgeData();
        listener.closing();
        closeTimer = channel.eventLoop().schedule(this::closeChannel, closeTimeoutNanos, TimeUnit.NANOSECONDS);
        flush();
    }

    /** The peer broke RFC 6455 (section 7.1.7): after the Close frame nothing more is expected of it but the end. */
    void fail(int code, String reason) {
        peerFailed = true;
        close(code, reason);
    }

    /** The peer has sent its Close: it is answered, if it was not itself the answer, and the connection ends. */
    void closeReceived(int code, String reason) {
        peerClosed = true;
        if (closing == Closing.SENT) {
            closeChannel();
        } else {
            close(code, reason);
        }
    }

    boolean isClosing() {
        return closing != Closing.NO;
    }

    /** How the connection has ended, once it has. */
    End end() {
        return end;
    }

    /** The channel is gone: releases what waited. */
    void release() {
        if (closing == Closing.NO) {
            listener.closing();
        }
        closing = Closing.DONE;
        purgeData();
        control.clear();
        unfinished = null;
        batch.release();
        if (pong != null) {
            pong.release();
            pong = null;
        }
        if (closeFrame != null) {
            closeFrame.release();
            closeFrame = null;
        }
        if (pacerTimer != null) {
            pacerTimer.cancel(false);
        }
        if (closeTimer != null) {
            closeTimer.cancel(false);
        }
        // Last, as it is anyone's.
        if (codec != null) {
            Framing.Codec gone = codec;
            codec = null;
            gone.close();
        }
    }

    @Override
    public void flush() {
        assert channel.eventLoop().inEventLoop();
        if (pumping) {
            return;
        }
        pumping = true;
        boolean wrote = false;
        Throwable fault = null;
        // One time for all, as they leave in one piece.
        long now = ticker.nanoTime();
        try {
            while (batch.bytes() < channel.bytesBeforeUnwritable() && writeNext(now)) {
                wrote = true;
            }
        } catch (Throwable e) {
            // Errors as well: whoever flushes may be a task that nobody watches.
            fault = e;
        } finally {
            pumping = false;
            writeBatch(channel.voidPromise());
        }
        if (wrote) {
            channel.flush();
        }
        if (fault != null) {
            // Of what could not be encoded, and of what stood behind it, nothing makes sense any more.
            control.clear();
            unfinished = null;
            channel.pipeline().fireExceptionCaught(fault);
            // Whoever hears of it there may not close, or have closed before: then it stood before the Close frame, which needs no framing.
            close(CloseCode.INTERNAL_ERROR, "internal error");
            flush();
            return;
        }
        if (control.size() <= RESUME_READING_AT && !channel.config().isAutoRead()) {
            channel.config().setAutoRead(true);
        }
        if (roomWasDenied && hasRoom()) {
            roomWasDenied = false;
            listener.room();
        }
    }

    /** Writes one frame and says whether it did. */
    private boolean writeNext(long now) {
        if (closing == Closing.SENT || closing == Closing.DONE || nothingWaits()) {
            return false;
        }
        long wait = pacer.controlWaitNanos(now);
        if (wait > 0) {
            return waitForPacer(now, wait);
        }
        if (pong != null) {
            ByteBuf payload = pong;
            pong = null;
            pacer.record(now);
            batch.add(FrameBatch.PONG, payload);
        } else if (pingWaits) {
            pingWaits = false;
            pacer.record(now);
            batch.add(FrameBatch.PING, Unpooled.EMPTY_BUFFER);
        } else if (unfinished != null) {
            write(FrameBatch.CONTINUATION, unfinished, limits.maxFrameBytes(), now);
        } else if (!control.isEmpty()) {
            begin(control.poll(), now);
        } else if (closing == Closing.WANTED) {
            writeClose(now);
        } else {
            return writeData(now);
        }
        return true;
    }

    private boolean nothingWaits() {
        return pong == null && !pingWaits && unfinished == null && control.isEmpty() && data.isEmpty()
                && closing == Closing.NO;
    }

    private boolean writeData(long now) {
        boolean overRate = pacer.dataWaitNanos(now) > 0;
        paced |= overRate;
        if (overRate && !data.endsTurn()) {
            return waitForPacer(now, pacer.dataWaitNanos(now));
        }
        boolean merge = paced || settings.merging() == OutputSettings.Merging.WHEN_WAITING;
        paced = false;
        begin(data.next(merge), now);
        return true;
    }

    private void begin(ServerMessage message, long now) {
        Framing.Encoding encoding = codec.encode(message);
        if (encoding != null) {
            write(encoding.isBinary() ? FrameBatch.BINARY : FrameBatch.TEXT, encoding, DataLane.chars(message) + SHAPE_BYTES, now);
        }
        listener.sent(message);
    }

    private void write(int opcode, Framing.Encoding message, int likelyBytes, long now) {
        pacer.record(now);
        int behind = Math.min(data.chars() + data.size() * (SHAPE_BYTES + 4), settings.highWaterBytes());
        unfinished = batch.add(opcode, message, limits.maxFrameBytes(), likelyBytes, behind) ? message : null;
    }

    private void writeBatch(ChannelPromise written) {
        if (batch.bytes() > 0) {
            channel.write(batch.take(), written);
        }
    }

    /** The only place a Close frame leaves from. */
    private void writeClose(long now) {
        pacer.record(now);
        closing = Closing.SENT;
        CloseWebSocketFrame frame = closeFrame;
        closeFrame = null;
        batch.add(FrameBatch.CLOSE, frame.content());
        writeBatch(channel.newPromise().addListener(written -> {
            if (peerClosed) {
                closeChannel();
            } else if (peerFailed && channel instanceof DuplexChannel duplex) {
                // The peer reads our Close and the end of the stream; closing both ways at once could cost it the former.
                duplex.shutdownOutput();
            }
        }));
    }

    private void closeChannel() {
        closing = Closing.DONE;
        channel.close();
    }

    /** Comes back when the frame rate allows it; sooner than a wait already begun, if this one is shorter. */
    private boolean waitForPacer(long now, long nanos) {
        long due = now + nanos;
        if (pacerTimer == null || due - pacerDueNanos < 0) {
            if (pacerTimer != null) {
                pacerTimer.cancel(false);
            }
            pacerDueNanos = due;
            pacerTimer = channel.eventLoop().schedule(this::pacerDue, nanos, TimeUnit.NANOSECONDS);
        }
        return false;
    }

    private void pacerDue() {
        // First: what is still over the rate then waits again.
        pacerTimer = null;
        flush();
    }
}
