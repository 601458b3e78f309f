package io.bargein.server.entropy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EntropyTest {
    @Test
    void makesRandomUuidsOfVersion4ThatDiffer() {
        Set<UUID> ids = IntStream.range(0, 1_000).mapToObj(i -> Entropy.uuid()).collect(Collectors.toSet());
        assertEquals(1_000, ids.size());
        for (UUID id : ids) {
            assertEquals(4, id.version(), id::toString);
            assertEquals(2, id.variant(), id::toString);
        }
        // Each of the other bits is now set and now not.
        assertEquals(~0xF000L, or(ids) & ~0xF000L);
        assertEquals(0, and(ids) & ~0xF000L);
    }

    @Test
    void drawsEachNumberBelowTheBoundAndNoOther() {
        Set<Long> drawn = new TreeSet<>();
        for (int i = 0; i < 1_000; i++) {
            drawn.add(Entropy.below(3));
        }
        assertEquals(Set.of(0L, 1L, 2L), drawn);
        assertEquals(0, Entropy.below(1));
        assertTrue(Entropy.below(Long.MAX_VALUE) >= 0);
    }

    private static long or(Set<UUID> ids) {
        return ids.stream().mapToLong(UUID::getMostSignificantBits).reduce(0, (a, b) -> a | b);
    }

    private static long and(Set<UUID> ids) {
        return ids.stream().mapToLong(UUID::getMostSignificantBits).reduce(-1, (a, b) -> a & b);
    }
}
