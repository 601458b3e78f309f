package io.bargein.server.conversation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ContentBlock.Text;
import io.bargein.server.spi.ContentBlock.ToolResult;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Message.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConversationTest {
    private static final ToolUse USE = new ToolUse("t1", "clock", "{}");
    private static final ToolResult RESULT = new ToolResult("t1", "noon", false);

    private final Conversation conversation = new Conversation("s", ConversationLimits.DEFAULT);

    @Test
    void keepsWhatTheUserSawOfAnInterruptedAnswer() {
        conversation.prompt("one");
        conversation.answered("Once upon");
        conversation.prompt("two");

        assertEquals(List.of(Message.user("one"), Message.assistant("Once upon"), Message.user("two")), conversation.messages());
    }

    @Test
    void joinsThePromptToThePendingOneWhenNothingWasSeen() {
        conversation.prompt("one");
        conversation.answered("");
        conversation.prompt("two");
        conversation.answered(" \n");
        conversation.prompt("three");

        assertEquals(List.of(user(new Text("one"), new Text("two"), new Text("three"))), conversation.messages());
    }

    @Test
    void removesThePromptOfAFailedTurnThatShowedNothing() {
        conversation.prompt("one");
        conversation.answered("first");
        conversation.prompt("two");
        conversation.failed(false, "");

        assertEquals(List.of(Message.user("one"), Message.assistant("first")), conversation.messages());
    }

    @Test
    void removesOnlyTheFailedPromptFromAPendingMessage() {
        conversation.prompt("one");
        conversation.answered("");
        conversation.prompt("two");
        conversation.failed(false, "");

        assertEquals(List.of(Message.user("one")), conversation.messages());
    }

    @Test
    void removesAFailedTurnThatShowedNothingTogetherWithItsTools() {
        conversation.prompt("one");
        conversation.answered("");
        conversation.prompt("two");
        conversation.toolRound(List.of(), "", List.of(USE), List.of(RESULT));
        conversation.failed(false, "");

        assertEquals(List.of(Message.user("one")), conversation.messages());
        assertEquals(new Conversation("s", ConversationLimits.DEFAULT).bytes() + 3 + 128, conversation.bytes());
    }

    @Test
    void keepsAFailedTurnThatShowedTextLikeAnInterruptedOne() {
        conversation.prompt("one");
        conversation.failed(true, "Once");

        assertEquals(List.of(Message.user("one"), Message.assistant("Once")), conversation.messages());
    }

    @Test
    void putsThePromptBehindTheToolResultsAfterAnInterruptAmongTools() {
        conversation.prompt("one");
        conversation.toolRound(List.of(), "let me see", List.of(USE), List.of(RESULT));
        conversation.prompt("two");

        assertEquals(List.of(Message.user("one"),
                new Message(Role.ASSISTANT, List.of(new Text("let me see"), USE)),
                user(RESULT, new Text("two"))), conversation.messages());
    }

    @Test
    void forgetsTheOldestTurnsPastTheMessageLimit() {
        Conversation small = new Conversation("s", new ConversationLimits(4, 1 << 20, 1 << 20, Duration.ofHours(1)));
        for (int i = 0; i < 5; i++) {
            small.prompt("p" + i);
            small.answered("a" + i);
        }
        small.prompt("p5");

        assertEquals(List.of(Message.user("p4"), Message.assistant("a4"), Message.user("p5")), small.messages());
    }

    @Test
    void cutsOnlyBeforeAUserMessageWithoutToolResults() {
        Conversation small = new Conversation("s", new ConversationLimits(4, 1 << 20, 1 << 20, Duration.ofHours(1)));
        small.prompt("one");
        small.toolRound(List.of(), "", List.of(USE), List.of(RESULT));
        small.answered("noon it is");
        small.prompt("two");

        assertEquals(List.of(Message.user("two")), small.messages());
    }

    @Test
    void forgetsTheToolResultsOfAUserMessageWithWordsWhenItHasToBeginWithIt() {
        Conversation small = new Conversation("s", new ConversationLimits(4, 1 << 20, 1 << 20, Duration.ofHours(1)));
        small.prompt("one");
        small.toolRound(List.of(), "", List.of(USE), List.of(RESULT));
        small.prompt("two");
        small.toolRound(List.of(), "", List.of(USE), List.of(RESULT));

        assertEquals(List.of(user(new Text("two")), new Message(Role.ASSISTANT, List.of(USE)), user(RESULT)), small.messages());
        small.failed(false, "");
        assertEquals(List.of(), small.messages());
        assertEquals(0, small.bytes());
    }

    /** P7: there is never a user message without tool results to cut before. */
    @Test
    void staysWithinItsLimitsThoughEachTurnIsInterruptedAmongTools() {
        Conversation small = new Conversation("s", new ConversationLimits(8, 4 << 10, 4 << 10, Duration.ofHours(1)));
        for (int i = 0; i < 100; i++) {
            small.prompt("prompt number " + i);
            small.toolRound(List.of(), "let me see", List.of(USE), List.of(RESULT));
            assertTrue(small.bytes() <= 4 << 10, () -> "grew to " + small.bytes());
            assertTrue(small.messages().size() <= 8, () -> "grew to " + small.messages().size());
        }
    }

    @Test
    void hasRoomForAllThatDoesNotBelongToTheRunningTurn() {
        Conversation small = new Conversation("s", new ConversationLimits(40, 10_000, 10_000, Duration.ofHours(1)));
        small.prompt("x".repeat(1_000));
        small.answered("y".repeat(2_000));
        small.prompt("x".repeat(500));
        assertEquals(10_000 - 128 - 500, small.room());
        ToolResult long1 = new ToolResult("t1", "z".repeat(3_000), false);
        small.toolRound(List.of(), "", List.of(USE), List.of(long1));
        long left = 10_000 - 3 * 128 - 500 - "t1clock{}".length() - "t1".length() - 3_000;
        assertEquals(left, small.room());
        assertEquals(5, small.messages().size());

        ToolResult long2 = new ToolResult("t1", "z".repeat((int) left - 2 * 128 - 11), false);
        small.toolRound(List.of(), "", List.of(USE), List.of(long2));
        assertEquals(0, small.room());
        assertEquals(10_000, small.bytes());
        assertEquals(user(new Text("x".repeat(500))), small.messages().get(0));
    }

    @Test
    void forgetsTheOldestTextOfAPendingMessageThatGrowsTooLong() {
        Conversation small = new Conversation("s", new ConversationLimits(40, 1 << 10, 1 << 10, Duration.ofHours(1)));
        for (int i = 0; i < 100; i++) {
            small.prompt("prompt number " + i);
            assertTrue(small.bytes() <= 1 << 10, () -> "grew to " + small.bytes());
        }
        List<ContentBlock> last = small.messages().get(small.messages().size() - 1).content();
        assertEquals(new Text("prompt number 99"), last.get(last.size() - 1));
    }

    @Test
    void countsTextInUtf8() {
        conversation.prompt("aéあ😀");
        assertEquals(128 + 1 + 2 + 3 + 4, conversation.bytes());
    }

    @Test
    void isAcceptableToTheModelAfterAnySequenceOfOutcomes() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            Conversation any = new Conversation("s", new ConversationLimits(8, 2_000, 2_000, Duration.ofHours(1)));
            int ids = 0;
            for (int turn = 0; turn < 30; turn++) {
                any.prompt("prompt " + turn);
                assertAcceptable(any.messages(), seed);
                assertEquals(weight(any.messages()), any.bytes());
                assertEquals(Role.USER, any.messages().get(any.messages().size() - 1).role(), "seed " + seed);
                boolean seen = false;
                while (random.nextInt(3) == 0) {
                    ToolUse use = new ToolUse("id" + ids++, "clock", "{}");
                    String said = random.nextBoolean() ? "  " : "one moment";
                    seen |= !said.isBlank();
                    any.toolRound(List.of(), said, List.of(use), List.of(new ToolResult(use.id(), "noon", random.nextBoolean())));
                    assertAcceptable(any.messages(), seed);
                    assertEquals(weight(any.messages()), any.bytes());
                    assertEquals(Role.USER, any.messages().get(any.messages().size() - 1).role(), "seed " + seed);
                }
                String answer = new String[] {"", "\n", "some", "all of it"}[random.nextInt(4)];
                if (random.nextInt(4) == 0) {
                    any.failed(seen || !answer.isBlank(), answer);
                } else {
                    any.answered(answer);
                }
            }
        }
    }

    /** What messages of ASCII are said to cost. */
    private static long weight(List<Message> messages) {
        return messages.stream().flatMap(message -> message.content().stream()).mapToLong(block -> block instanceof Text text ? text.text().length()
                : block instanceof ToolUse use ? use.id().length() + use.name().length() + use.input().length()
                : ((ToolResult) block).toolUseId().length() + ((ToolResult) block).content().length()).sum() + 128L * messages.size();
    }

    /** Whatever is forgotten, and whenever: what is left is the end of what was said, and a store is given all of it. */
    @Test
    void keepsTheEndOfWhatWasSaidAndHandsAllOfItOverWhateverItForgets() {
        for (int seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            int maxMessages = 2 + random.nextInt(9);
            Conversation any = new Conversation("s", new ConversationLimits(maxMessages, 1_024, 1_024, Duration.ofHours(1)), List.of());
            List<Message> said = new ArrayList<>();
            List<Message> handedOver = new ArrayList<>();
            int ids = 0;
            for (int turn = 0; turn < 25; turn++) {
                int before = said.size();
                String prompt = "prompt " + turn + "?".repeat(random.nextInt(4) * 100);
                any.prompt(prompt);
                said.add(Message.user(prompt));
                assertIsEndOf(said, any, seed);
                assertTrue(any.messages().size() <= maxMessages && any.bytes() <= 1_024, "seed " + seed + ": " + any.messages());
                assertEquals(1_024 - weightFrom(prompt, any.messages()), any.room(), "seed " + seed);
                boolean seen = false;
                while (random.nextInt(3) == 0) {
                    String words = random.nextBoolean() ? "" : "a moment";
                    seen |= !words.isEmpty();
                    List<ContentBlock> asked = new ArrayList<>(words.isEmpty() ? List.of() : List.of(new Text(words)));
                    List<ToolUse> uses = new ArrayList<>();
                    List<ToolResult> results = new ArrayList<>();
                    for (int i = 0; i <= random.nextInt(2); i++) {
                        uses.add(new ToolUse("id" + ids++, "clock", "{}"));
                        results.add(new ToolResult(uses.get(i).id(), "noon".repeat(1 + random.nextInt(40)), random.nextBoolean()));
                    }
                    asked.addAll(uses);
                    any.toolRound(List.of(), words, uses, results);
                    said.add(new Message(Role.ASSISTANT, asked));
                    said.add(new Message(Role.USER, List.copyOf(results)));
                    assertIsEndOf(said, any, seed);
                    assertEquals(1_024 - weightFrom(prompt, any.messages()), any.room(), "seed " + seed);
                }
                String answer = new String[] {"", "some", "all of it"}[random.nextInt(3)];
                boolean failed = random.nextInt(3) == 0;
                if (failed) {
                    any.failed(seen || !answer.isEmpty(), answer);
                } else {
                    any.answered(answer);
                }
                if (failed && !seen && answer.isEmpty()) {
                    said.subList(before, said.size()).clear();
                } else if (!answer.isEmpty()) {
                    said.add(Message.assistant(answer));
                }
                assertIsEndOf(said, any, seed);
                // Where a claim outlives a turn, the next prompt comes before anybody has asked.
                if (random.nextBoolean()) {
                    any.takeUnsaved().forEach(handedOver::addAll);
                    assertEquals(said, handedOver, "seed " + seed);
                    assertIsEndOf(said, new Conversation("s", new ConversationLimits(maxMessages, 1_024, 1_024, Duration.ofHours(1)),
                            Repair.acceptable(handedOver)), seed);
                }
            }
        }
    }

    /** What the messages weigh from that on which says this. */
    private static long weightFrom(String prompt, List<Message> messages) {
        int at = messages.size() - 1;
        while (!messages.get(at).content().contains(new Text(prompt))) {
            at--;
        }
        return weight(messages.subList(at, messages.size()));
    }

    private static void assertIsEndOf(List<Message> said, Conversation any, int seed) {
        List<Message> left = any.messages();
        assertAcceptable(left, seed);
        assertEquals(weight(left), any.bytes(), "seed " + seed);
        if (left.isEmpty()) {
            return;
        }
        List<Message> all = Repair.acceptable(said);
        List<Message> end = all.subList(all.size() - left.size(), all.size());
        assertEquals(end.subList(1, end.size()), left.subList(1, left.size()), "seed " + seed);
        List<ContentBlock> first = end.get(0).content();
        int gone = first.size() - left.get(0).content().size();
        assertEquals(first.subList(gone, first.size()), left.get(0).content(), "seed " + seed);
    }

    @Test
    void handsOverAPromptThatJoinedAPendingOneAsAMessageOfItsOwn() {
        Conversation stored = new Conversation("s", ConversationLimits.DEFAULT, List.of());
        stored.prompt("one");
        stored.answered("");
        assertEquals(List.of(List.of(Message.user("one"))), stored.takeUnsaved());
        stored.prompt("two");
        stored.answered("");
        stored.prompt("three");
        stored.answered("3");
        assertEquals(List.of(List.of(Message.user("two")), List.of(Message.user("three"), Message.assistant("3"))), stored.takeUnsaved());
    }

    @Test
    void handsOverNothingOfATurnThatFailedAndShowedNothing() {
        Conversation stored = new Conversation("s", ConversationLimits.DEFAULT, List.of());
        stored.prompt("one");
        stored.toolRound(List.of(), "", List.of(USE), List.of(RESULT));
        stored.failed(false, "");
        assertEquals(List.of(), stored.takeUnsaved());
    }

    @Test
    void forgetsTheOldestOfWhatAStoreTellsPastTheLimits() {
        List<Message> told = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            told.add(Message.user("p" + i));
            told.add(Message.assistant("a" + i));
        }
        Conversation few = new Conversation("s", new ConversationLimits(4, 1 << 20, 1 << 20, Duration.ofHours(1)), told);
        assertEquals(told.subList(told.size() - 4, told.size()), few.messages());
        Conversation small = new Conversation("s", new ConversationLimits(40, 1 << 10, 1 << 10, Duration.ofHours(1)), told);
        assertEquals(told.subList(told.size() - 6, told.size()), small.messages());
        assertEquals(6 * (128 + 6), small.bytes());
    }

    static void assertAcceptable(List<Message> messages, int seed) {
        Set<String> open = new HashSet<>();
        Role expected = Role.USER;
        for (Message message : messages) {
            assertEquals(expected, message.role(), () -> "seed " + seed + ": " + messages);
            assertFalse(message.content().isEmpty(), () -> "seed " + seed + ": " + messages);
            Set<String> answered = new HashSet<>();
            for (ContentBlock block : message.content()) {
                if (block instanceof Text text) {
                    assertFalse(text.text().isBlank(), () -> "seed " + seed + ": " + messages);
                } else if (block instanceof ToolResult result) {
                    answered.add(result.toolUseId());
                }
            }
            assertEquals(open, answered, () -> "seed " + seed + ": " + messages);
            open = new HashSet<>();
            for (ContentBlock block : new ArrayList<>(message.content())) {
                if (block instanceof ToolUse use) {
                    open.add(use.id());
                }
            }
            expected = expected == Role.USER ? Role.ASSISTANT : Role.USER;
        }
        assertTrue(open.isEmpty(), () -> "seed " + seed + ": " + messages);
    }

    private static Message user(ContentBlock... content) {
        return new Message(Role.USER, List.of(content));
    }
}
