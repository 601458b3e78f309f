package io.bargein.server.transport;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueIoHandle;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.util.List;

/** How sockets are driven. */
public enum TransportKind {
    /** epoll or kqueue where it works, else NIO. */
    AUTO {
        @Override
        TransportKind resolve() {
            return Epoll.isAvailable() ? EPOLL : KQueue.isAvailable() ? KQUEUE : NIO;
        }
    },
    /** Linux's io_uring. */
    IO_URING {
        @Override
        Throwable unavailability() {
            return IoUring.unavailabilityCause();
        }

        @Override
        IoHandlerFactory ioHandlers() {
            return IoUringIoHandler.newFactory();
        }

        @Override
        Class<? extends ServerSocketChannel> serverChannel() {
            return IoUringServerSocketChannel.class;
        }

        @Override
        Class<? extends IoHandle> socket() {
            return IoUringIoHandle.class;
        }

        @Override
        ChannelOption<Long> unsentBytes() {
            return IoUringChannelOption.TCP_NOTSENT_LOWAT;
        }
    },
    /** Linux's epoll. */
    EPOLL {
        @Override
        Throwable unavailability() {
            return Epoll.unavailabilityCause();
        }

        @Override
        IoHandlerFactory ioHandlers() {
            return EpollIoHandler.newFactory();
        }

        @Override
        Class<? extends ServerSocketChannel> serverChannel() {
            return EpollServerSocketChannel.class;
        }

        @Override
        Class<? extends IoHandle> socket() {
            return EpollIoHandle.class;
        }

        @Override
        ChannelOption<Long> unsentBytes() {
            return EpollChannelOption.TCP_NOTSENT_LOWAT;
        }
    },
    /** BSD's and macOS's kqueue. */
    KQUEUE {
        @Override
        Throwable unavailability() {
            return KQueue.unavailabilityCause();
        }

        @Override
        IoHandlerFactory ioHandlers() {
            return KQueueIoHandler.newFactory();
        }

        @Override
        Class<? extends ServerSocketChannel> serverChannel() {
            return KQueueServerSocketChannel.class;
        }

        @Override
        Class<? extends IoHandle> socket() {
            return KQueueIoHandle.class;
        }
    },
    /** The JDK's selectors. */
    NIO;

    private static final List<TransportKind> REAL = List.of(NIO, EPOLL, KQUEUE, IO_URING);

    /**
     * Says whether this kind works on this machine, for which its native library is loaded, if it has one.
     *
     * @return whether it does
     */
    public boolean isAvailable() {
        return resolve().unavailability() == null;
    }

    /** Whether these event loops are of this kind. */
    boolean isDrivenBy(EventLoopGroup loops) {
        return loops instanceof IoEventLoopGroup group && group.isCompatible(socket());
    }

    /** The kind of these event loops, or null if it is none of these. */
    static TransportKind drivenBy(EventLoopGroup loops) {
        return REAL.stream().filter(kind -> kind.isDrivenBy(loops)).findFirst().orElse(null);
    }

    /** The kind of this channel, or null if it is none of these. */
    static TransportKind of(Class<? extends ServerSocketChannel> serverChannel) {
        return REAL.stream().filter(kind -> kind.serverChannel() == serverChannel).findFirst().orElse(null);
    }

    /** The kind to use where this one is asked for. */
    TransportKind resolve() {
        return this;
    }

    /** Why this kind does not work on this machine, or null if it does. */
    Throwable unavailability() {
        return null;
    }

    IoHandlerFactory ioHandlers() {
        return NioIoHandler.newFactory();
    }

    Class<? extends ServerSocketChannel> serverChannel() {
        return NioServerSocketChannel.class;
    }

    /** What event loops of this kind drive. */
    Class<? extends IoHandle> socket() {
        return NioIoHandle.class;
    }

    /** The option that bounds what the kernel holds unsent, or null where there is none. */
    ChannelOption<Long> unsentBytes() {
        return null;
    }
}
