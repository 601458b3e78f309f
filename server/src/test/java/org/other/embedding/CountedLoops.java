package org.other.embedding;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.Executor;

/** An application's event loops, which can say how many channels are on them. */
final class CountedLoops extends MultiThreadIoEventLoopGroup {

    CountedLoops(int threads, IoHandlerFactory transport) {
        super(threads, transport);
    }

    int channels() {
        int channels = 0;
        for (EventExecutor loop : this) {
            channels += ((CountedLoop) loop).channels();
        }
        return channels;
    }

    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory transport, Object... args) {
        return new CountedLoop(this, executor, transport);
    }

    private static final class CountedLoop extends SingleThreadIoEventLoop {
        CountedLoop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory transport) {
            super(parent, executor, transport);
        }

        int channels() {
            return getNumOfRegisteredChannels();
        }
    }
}
