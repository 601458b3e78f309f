package io.bargein.server.conversation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ContentBlock.Reasoning;
import io.bargein.server.spi.ContentBlock.Text;
import io.bargein.server.spi.ContentBlock.ToolResult;
import io.bargein.server.spi.ContentBlock.ToolUse;
import io.bargein.server.spi.Message;
import io.bargein.server.spi.Message.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** P6, whatever a store tells. */
class RepairTest {
    private static final ToolUse USE = new ToolUse("t1", "clock", "{}");
    private static final ToolUse OTHER_USE = new ToolUse("t2", "clock", "{}");
    private static final ToolResult RESULT = new ToolResult("t1", "noon", false);

    @Test
    void leavesWhatIsAcceptableAsItIs() {
        List<Message> history = List.of(user("one"), model("1"), user("two"), model(new Text("let me see"), USE),
                user(RESULT, new Text("three")), model("3"), user("four"));
        assertEquals(history, Repair.acceptable(history));
        assertEquals(List.of(), Repair.acceptable(List.of()));
    }

    @Test
    void readsMessagesOfOneRoleThatFollowEachOtherAsOne() {
        repairs(List.of(user("one"), user("two"), model("1"), model("2"), user("three")),
                List.of(user(new Text("one"), new Text("two")), model(new Text("1"), new Text("2")), user("three")));
    }

    @Test
    void beginsWithTheUser() {
        repairs(List.of(model("0"), model("00"), user("one"), model("1")), List.of(user("one"), model("1")));
        repairs(List.of(model("0")), List.of());
        repairs(List.of(user(" "), model("0"), user("one")), List.of(user("one")));
    }

    @Test
    void dropsBlankTextsAndWhatIsLeftEmptyByThat() {
        repairs(List.of(user("one"), model(" \n"), user(new Text(""), new Text("two")), model(new Text("2"), new Text("\t"))),
                List.of(user(new Text("one"), new Text("two")), model("2")));
        repairs(List.of(user("one"), new Message(Role.ASSISTANT, List.of()), user("two")), List.of(user(new Text("one"), new Text("two"))));
    }

    @Test
    void dropsAUseThatIsNotAnsweredInTheNextMessage() {
        repairs(List.of(user("one"), model(new Text("let me see"), USE)), List.of(user("one"), model("let me see")));
        repairs(List.of(user("one"), model(USE), user("two")), List.of(user(new Text("one"), new Text("two"))));
        repairs(List.of(user("one"), model(USE, OTHER_USE), user(RESULT)), List.of(user("one"), model(USE), user(RESULT)));
    }

    @Test
    void dropsAResultThatAnswersNothing() {
        repairs(List.of(user(RESULT), model("1")), List.of());
        repairs(List.of(user("one"), model("1"), user(RESULT, new Text("two"))), List.of(user("one"), model("1"), user("two")));
        repairs(List.of(user("one"), model(USE), user(RESULT, RESULT)), List.of(user("one"), model(USE), user(RESULT)));
    }

    /** What is dropped brings together messages that were apart, and with them other pairs. */
    @Test
    void dropsAndJoinsUntilNothingIsLeftToDo() {
        repairs(List.of(user("one"), model(USE), user("two"), model(OTHER_USE), user(RESULT)),
                List.of(user(new Text("one"), new Text("two"))));
        repairs(List.of(user("one"), model(USE), user(new ToolResult("t2", "?", false)), model(OTHER_USE), user(RESULT)), List.of(user("one")));
    }

    /** The model knows them only ahead of the uses they led to. */
    @Test
    void keepsThoughtsAheadOfTheUsesThatTheyLedToAndNoOthers() {
        Reasoning thought = new Reasoning("hm", "sig", false);
        Reasoning hidden = new Reasoning("", "c2ln", true);
        List<Message> history = List.of(user("one"), model(thought, hidden, new Text("let me see"), USE), user(RESULT));
        assertEquals(history, Repair.acceptable(history));
        repairs(List.of(user("one"), model(USE, new Text("let me see"), thought), user(RESULT)),
                List.of(user("one"), model(thought, new Text("let me see"), USE), user(RESULT)));
        repairs(List.of(user(thought, new Text("one")), model(thought, new Text("1")), user("two")), List.of(user("one"), model("1"), user("two")));
        repairs(List.of(user("one"), model(thought, USE), user("two")), List.of(user(new Text("one"), new Text("two"))));
        repairs(List.of(user("one"), model(new Reasoning(" ", "sig", false), new Reasoning("", null, true), USE), user(RESULT)),
                List.of(user("one"), model(USE), user(RESULT)));
    }

    @Test
    void putsResultsBeforeTheUsersWordsAndUsesBehindTheModels() {
        repairs(List.of(user("one"), model(USE, new Text("let me see")), user("two"), user(RESULT)),
                List.of(user("one"), model(new Text("let me see"), USE), user(RESULT, new Text("two"))));
    }

    @Test
    void dropsWhatIsNotThatRolesToSay() {
        repairs(List.of(user(new Text("one"), USE), model(RESULT, new Text("1"))), List.of(user("one"), model("1")));
    }

    @Test
    void replacesLoneSurrogatesAndABlankResult() {
        repairs(List.of(user("a\uD83D"), model("\uDE00b😀"), user("c\uDE00\uD83Dd")), List.of(user("a�"), model("�b😀"), user("c��d")));
        repairs(List.of(user("one"), model(USE), user(new ToolResult("t1", " ", true))),
                List.of(user("one"), model(USE), user(new ToolResult("t1", "(nothing)", true))));
    }

    @Test
    void refusesWhatIsNoListOfMessages() {
        assertThrows(NullPointerException.class, () -> Repair.acceptable(null));
        assertThrows(NullPointerException.class, () -> Repair.acceptable(Arrays.asList(user("one"), null)));
        assertThrows(NullPointerException.class, () -> Repair.acceptable(List.of(user(new Text(null)))));
    }

    @Test
    void makesAnythingAcceptableAndThatOnce() {
        for (int seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            List<Message> any = new ArrayList<>();
            for (int i = random.nextInt(12); i > 0; i--) {
                List<ContentBlock> content = new ArrayList<>();
                for (int b = random.nextInt(4); b > 0; b--) {
                    String id = "t" + random.nextInt(3);
                    content.add(switch (random.nextInt(4)) {
                        case 0 -> new ToolUse(id, "clock", "{}");
                        case 1 -> new ToolResult(id, random.nextBoolean() ? "noon" : "", false);
                        case 2 -> new Text("  ");
                        default -> new Text("text " + i + "\uD83D");
                    });
                }
                any.add(new Message(random.nextBoolean() ? Role.USER : Role.ASSISTANT, content));
            }
            List<Message> repaired = Repair.acceptable(any);
            ConversationTest.assertAcceptable(repaired, seed);
            assertEquals(repaired, Repair.acceptable(repaired), "seed " + seed);
        }
    }

    private static void repairs(List<Message> told, List<Message> expected) {
        assertEquals(expected, Repair.acceptable(told));
    }

    private static Message user(String text) {
        return Message.user(text);
    }

    private static Message user(ContentBlock... content) {
        return new Message(Role.USER, List.of(content));
    }

    private static Message model(String text) {
        return Message.assistant(text);
    }

    private static Message model(ContentBlock... content) {
        return new Message(Role.ASSISTANT, List.of(content));
    }
}
