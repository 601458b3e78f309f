package io.bargein.loadtest.client;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.resolver.InetSocketAddressResolver;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Looks names up as the JDK does, which blocks, on threads of its own: a slow answer holds up none of the other connections of an event loop.
 * Addresses are not names, and are read at once.
 */
final class HostNames extends AddressResolverGroup<InetSocketAddress> {
    static final HostNames JDK = new HostNames(InetAddress::getAllByName);

    private static final int THREADS = 4;
    private static final int THREAD_IDLE_SECONDS = 10;

    /** Asks for a name's addresses, and may block. */
    interface Lookup {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    private final Lookup lookup;
    final ThreadPoolExecutor worker = new ThreadPoolExecutor(THREADS, THREADS, THREAD_IDLE_SECONDS, TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(), new DefaultThreadFactory("bargein-names", true));

    HostNames(Lookup lookup) {
        this.lookup = lookup;
        worker.allowCoreThreadTimeOut(true);
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor loop) {
        return new InetSocketAddressResolver(loop, new InetNameResolver(loop) {
            @Override
            protected void doResolve(String host, Promise<InetAddress> found) {
                answer(host, loop, found, () -> lookup.addresses(host)[0]);
            }

            @Override
            protected void doResolveAll(String host, Promise<List<InetAddress>> found) {
                answer(host, loop, found, () -> List.of(lookup.addresses(host)));
            }
        });
    }

    private <T> void answer(String host, Executor loop, Promise<T> found, Callable<T> question) {
        boolean isAddress = NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
        (isAddress ? (Executor) Runnable::run : worker).execute(() -> {
            T answer;
            try {
                answer = question.call();
            } catch (Exception e) {
                tell(loop, () -> found.tryFailure(e));
                return;
            }
            tell(loop, () -> found.trySuccess(answer));
        });
    }

    private static void tell(Executor loop, Runnable answer) {
        try {
            loop.execute(answer);
        } catch (RejectedExecutionException e) {
            // The loop has ended meanwhile, and nobody waits for it.
        }
    }
}
