package io.bargein.loadtest.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HostNamesTest {
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = loops.next();

    @AfterEach
    void stop() {
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void leavesTheLoopFreeWhileANameIsLookedUp() throws Exception {
        CountDownLatch loopIsFree = new CountDownLatch(1);
        Future<InetSocketAddress> found = ask(new HostNames(host -> {
            assertEquals("slow.example", host);
            assertFalse(loop.inEventLoop());
            awaitWithin20Seconds(loopIsFree);
            return new InetAddress[] {InetAddress.getLoopbackAddress()};
        }), "slow.example");
        loop.execute(loopIsFree::countDown);
        assertTrue(found.await(20, TimeUnit.SECONDS));
        assertEquals(new InetSocketAddress(InetAddress.getLoopbackAddress(), 80), found.getNow(), () -> String.valueOf(found.cause()));
    }

    @Test
    void saysWhichNameIsUnknown() throws Exception {
        Future<InetSocketAddress> found = ask(new HostNames(host -> {
            throw new UnknownHostException(host);
        }), "none.example");
        assertTrue(found.await(20, TimeUnit.SECONDS));
        assertEquals("none.example", assertInstanceOf(UnknownHostException.class, found.cause()).getMessage());
    }

    @Test
    void readsAnAddressWithoutAsking() throws Exception {
        for (String address : new String[] {"127.0.0.1", "0:0:0:0:0:0:0:1"}) {
            Future<InetSocketAddress> found = ask(new HostNames(host -> {
                assertTrue(loop.inEventLoop(), host);
                return InetAddress.getAllByName(host);
            }), address);
            assertTrue(found.await(20, TimeUnit.SECONDS));
            assertEquals(address, found.getNow().getAddress().getHostAddress());
        }
    }

    private Future<InetSocketAddress> ask(HostNames names, String host) throws Exception {
        return loop.submit(() -> names.getResolver(loop).resolve(InetSocketAddress.createUnresolved(host, 80))).get(20, TimeUnit.SECONDS);
    }

    private static void awaitWithin20Seconds(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
