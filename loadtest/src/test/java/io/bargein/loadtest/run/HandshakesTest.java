package io.bargein.loadtest.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.client.Peer;
import io.bargein.loadtest.client.Peer.Link;
import io.bargein.loadtest.client.RuntimeAuth;
import io.bargein.loadtest.client.RuntimeEndpoint;
import io.bargein.loadtest.client.RuntimeTarget;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HandshakesTest {
    private static final int CONNECTIONS = 5;

    @Test
    void givesEachConnectionToADeployedRuntimeASessionAndATokenOfItsOwn() throws Exception {
        AtomicInteger made = new AtomicInteger();
        Set<String> threads = new ConcurrentSkipListSet<>();
        try (Peer peer = new Peer()) {
            RuntimeTarget target = RuntimeTarget.builder(deployed(peer.port())).auth(RuntimeAuth.bearer(() -> {
                threads.add(Thread.currentThread().getName().replaceAll("-\\d.*", ""));
                return "token-" + made.incrementAndGet();
            })).build();
            Plan plan = Plan.of(Plan.Kind.INTERRUPT, target).connections(CONNECTIONS).build();
            assertEquals("bearer", plan.configuration().get("auth"));
            assertTrue(plan.configuration().get("url").toString().startsWith("ws://127.0.0.1:" + peer.port() + "/runtimes/arn%3Aaws"));
            List<Link> links = connectAll(plan, peer);
            assertEquals(CONNECTIONS, distinct(links, "\r\nX-Amzn-Bedrock-AgentCore-Runtime-Session-Id: "));
            assertEquals(CONNECTIONS, distinct(links, "\r\nAuthorization: Bearer token-"));
            assertEquals(Set.of("signer"), threads);
        }
    }

    @Test
    void saysNothingOfItsOwnToAServerByUrl() throws Exception {
        try (Peer peer = new Peer()) {
            Plan plan = Plan.of(Plan.Kind.INTERRUPT, peer.url()).connections(CONNECTIONS).build();
            for (Link link : connectAll(plan, peer)) {
                assertFalse(link.head().contains("Session-Id") || link.head().contains("Authorization"), link.head());
            }
        }
    }

    @Test
    void failsWhereThereIsNoToken() throws Exception {
        RuntimeTarget target = RuntimeTarget.builder(deployed(1)).auth(RuntimeAuth.bearer(() -> "")).build();
        try (Rig rig = new Rig(Plan.of(Plan.Kind.INTERRUPT, target).build(), Probes.none(), Progress.NONE)) {
            assertTrue(assertThrows(IOException.class, () -> rig.connect(1)).getMessage().contains("Bearer token cannot be empty"));
        }
    }

    private static RuntimeEndpoint deployed(int port) {
        return RuntimeEndpoint.ofArn("arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/a-1")
                .withEndpoint(URI.create("http://127.0.0.1:" + port));
    }

    private static List<Link> connectAll(Plan plan, Peer peer) throws Exception {
        List<Link> links = new ArrayList<>();
        try (Rig rig = new Rig(plan, Probes.none(), Progress.NONE)) {
            CompletableFuture<Void> server = CompletableFuture.runAsync(() -> {
                try {
                    for (int i = 0; i < CONNECTIONS; i++) {
                        links.add(peer.open());
                    }
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertEquals(CONNECTIONS, rig.connect(CONNECTIONS).size());
            server.get(20, TimeUnit.SECONDS);
        }
        return links;
    }

    private static int distinct(List<Link> links, String header) {
        Set<String> values = new HashSet<>();
        for (Link link : links) {
            int at = link.head().indexOf(header);
            assertTrue(at > 0, link.head());
            values.add(link.head().substring(at + header.length(), link.head().indexOf("\r\n", at + 2)));
        }
        return values.size();
    }
}
