package io.bargein.loadtest.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** What JVMs have printed; each held 64 MiB. */
class HeapInfoTest {

    @Test
    void addsTheGenerationsOfSerial() {
        assertEquals((1_024 + 65_988) << 10, HeapInfo.bytesInUse("""
                5663:
                 def new generation   total 78656K, used 1024K [0x00000000f0000000, 0x00000000f5550000, 0x00000000f5550000)
                  eden space 69952K,   1% used [0x00000000f0000000, 0x00000000f0000000, 0x00000000f4450000)
                  from space 8704K,   0% used [0x00000000f4450000, 0x00000000f4450000, 0x00000000f4cd0000)
                 tenured generation   total 174784K, used 65988K [0x00000000f5550000, 0x0000000100000000, 0x0000000100000000)
                   the space 174784K,  37% used [0x00000000f5550000, 0x00000000f95c1110, 0x00000000f95c1200, 0x0000000100000000)
                 Metaspace       used 133K, committed 384K, reserved 1114112K
                  class space    used 4K, committed 128K, reserved 1048576K
                """));
        assertEquals(66_792 << 10, HeapInfo.bytesInUse("""
                6030:
                DefNew     total 78656K, used 0K [0x00000000f0000000, 0x00000000f5550000, 0x00000000f5550000)
                 eden space 69952K,   0% used [0x00000000f0000000, 0x00000000f0000000, 0x00000000f4450000)
                Tenured    total 174784K, used 66792K [0x00000000f5550000, 0x0000000100000000, 0x0000000100000000)
                 the  space 174784K,  38% used [0x00000000f5550000, 0x00000000f968a048, 0x0000000100000000)
                """));
    }

    @Test
    void addsTheGenerationsOfParallel() {
        assertEquals((16 + 65_988) << 10, HeapInfo.bytesInUse("""
                5728:
                 PSYoungGen      total 76288K, used 16K [0x00000000fab00000, 0x0000000100000000, 0x0000000100000000)
                  eden space 65536K, 0% used [0x00000000fab00000,0x00000000fab00000,0x00000000feb00000)
                 ParOldGen       total 175104K, used 65988K [0x00000000f0000000, 0x00000000fab00000, 0x00000000fab00000)
                  object space 175104K, 37% used [0x00000000f0000000,0x00000000f4071110,0x00000000fab00000)
                 Metaspace       used 130K, committed 320K, reserved 1114112K
                """));
    }

    @Test
    void readsG1InItsOldFormAndInItsNewOne() {
        assertEquals(132_110 << 10, HeapInfo.bytesInUse("""
                5789:
                 garbage-first heap   total 262144K, used 132110K [0x00000000f0000000, 0x0000000100000000)
                  region size 1024K, 0 young (0K), 0 survivors (0K)
                 Metaspace       used 78K, committed 320K, reserved 1114112K
                """));
        assertEquals(132_325 << 10, HeapInfo.bytesInUse("""
                6158:
                garbage-first heap   total reserved 262144K, committed 262144K, used 132325K [0x00000000f0000000, 0x0000000100000000)
                 region size 1024K, 0 young (0K), 0 survivors (0K)
                """));
    }

    @Test
    void readsZ() {
        assertEquals(130 << 20, HeapInfo.bytesInUse("""
                6225:
                ZHeap            used 130M, capacity 256M, max capacity 256M
                 Cache           126M (2)
                  size classes   2M (1), 64M (1)
                """));
        assertEquals(130 << 20, HeapInfo.bytesInUse("""
                5858:
                 ZHeap           used 130M, capacity 256M, max capacity 256M
                 Metaspace       used 138K, committed 384K, reserved 1114112K
                """));
    }

    @Test
    void readsShenandoah() {
        assertEquals(66_831 << 10, HeapInfo.bytesInUse("""
                6317:
                Shenandoah Heap
                 256M max, 256M soft max, 256M committed, 66831K used
                 1024 x 256 K regions
                Status: not cancelled
                 Metaspace       used 135K, committed 384K, reserved 1114112K
                """));
    }

    @Test
    void knowsWhatItDoesNotKnow() {
        assertEquals(-1, HeapInfo.bytesInUse("6493:\nEpsilon Heap\n Allocation space:\n  space 262144K,  25% used [0x0, 0x1, 0x2)\n"));
    }
}
