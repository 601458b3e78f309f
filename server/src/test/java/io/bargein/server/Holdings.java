package io.bargein.server;

import io.bargein.testing.LeakGuard;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What this process holds on to at a moment, by kind: threads by their names without numbers, descriptors that are no regular files (a class
 * path's jars are opened when first needed), buffers, and the bytes of direct memory behind them.
 */
record Holdings(Map<String, Integer> threads, Map<String, Integer> descriptors, Set<?> buffers, long directBytes, int upstreamConnections) {

    /** The allocator takes memory in chunks, which it keeps; buffers are counted one by one. */
    private static final long DIRECT_SLACK_BYTES = 8 << 20;

    /**
     * Threads that come and go with whoever tests, or with the JDK's and Netty's common pools, which shrink and grow on their own; and the
     * one that a model has for timers, which comes with the first call that has to wait and stays.
     */
    private static final Pattern NOT_OURS = Pattern.compile("awaitility.*|ForkJoinPool.*|CompletableFutureDelayScheduler"
            + "|globalEventExecutor.*|process reaper.*|junit.*|surefire.*|bargein-bedrock-timer.*");

    static Holdings now(int upstreamConnections) {
        ByteBufAllocatorMetricProvider allocator = (ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT;
        return new Holdings(count(threadNames()), count(openDescriptors()), LeakGuard.liveBuffers(), allocator.metric().usedDirectMemory(),
                upstreamConnections);
    }

    /** What there is more of than there was; empty if nothing. */
    List<String> surplusOver(Holdings before) {
        List<String> surplus = new ArrayList<>();
        surplus(threads, before.threads, "threads ", surplus);
        surplus(descriptors, before.descriptors, "descriptors ", surplus);
        if (buffers.size() > before.buffers.size()) {
            surplus.add("buffers: " + buffers.size() + " (expected: " + before.buffers.size() + ")");
        }
        if (directBytes > before.directBytes + DIRECT_SLACK_BYTES) {
            surplus.add("direct memory: " + directBytes + " bytes (expected: about " + before.directBytes + ")");
        }
        if (upstreamConnections > before.upstreamConnections) {
            surplus.add("upstream connections: " + upstreamConnections + " (expected: " + before.upstreamConnections + ")");
        }
        return surplus;
    }

    /** Where the buffers were made that were not there before. */
    String buffersSince(Holdings before) {
        return buffers.stream().filter(buffer -> !before.buffers.contains(buffer)).map(Object::toString).collect(Collectors.joining("\n\n"));
    }

    private static void surplus(Map<String, Integer> now, Map<String, Integer> before, String what, List<String> surplus) {
        now.forEach((kind, count) -> {
            if (count > before.getOrDefault(kind, 0)) {
                surplus.add(what + kind + ": " + count + " (expected: " + before.getOrDefault(kind, 0) + ")");
            }
        });
    }

    private static Map<String, Integer> count(List<String> kinds) {
        Map<String, Integer> counts = new TreeMap<>();
        kinds.forEach(kind -> counts.merge(kind, 1, Integer::sum));
        return counts;
    }

    private static List<String> threadNames() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(name -> !NOT_OURS.matcher(name).matches())
                .map(name -> name.replaceAll("[-\\d]+$", "")).toList();
    }

    /** Linux only; elsewhere what the other counts say has to do. */
    private static List<String> openDescriptors() {
        List<String> kinds = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                String target = Files.readSymbolicLink(descriptor).toString();
                if (!target.startsWith("/")) {
                    kinds.add(target.replaceAll("\\[\\d+]", ""));
                }
            }
        } catch (NoSuchFileException e) {
            // Closed while we looked, the one of the listing itself for instance.
            return Files.exists(Path.of("/proc/self/fd")) ? openDescriptors() : List.of();
        } catch (IOException e) {
            throw new IllegalStateException("/proc/self/fd cannot be read", e);
        }
        return kinds;
    }
}
