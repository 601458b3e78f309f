package io.bargein.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.bargein.loadtest.standin.BedrockStandIn;
import io.bargein.protocol.Framing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The arrows between modules and packages: they point down, never back. */
class ModuleBoundaryTest {
    private static final JavaClasses OURS = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackagesOf(BargeinServer.class, Framing.class, BedrockStandIn.class);

    private static final DescribedPredicate<JavaClass> PUBLIC = DescribedPredicate.describe("are for others to use", PublicSurface::has);

    private static void holds(ArchRule rule) {
        rule.check(OURS);
    }

    @Test
    void protocolKnowsBuffersNotChannels() {
        holds(noClasses().that().resideInAPackage("io.bargein.protocol..").should().dependOnClassesThat().resideInAnyPackage(
                "io.netty.channel..", "io.netty.handler..", "io.bargein.server..", "io.bargein.loadtest..")
                .because("both ends speak the protocol; neither end's pipeline is part of it"));
    }

    @Test
    void loadtestKnowsNothingOfTheServer() {
        holds(noClasses().that().resideInAPackage("io.bargein.loadtest..").should().dependOnClassesThat()
                .resideInAPackage("io.bargein.server..")
                .because("a stand-in that encodes with the server's own classes agrees with every bug in it"));
    }

    @Test
    void serverKnowsNothingOfLoadtest() {
        holds(noClasses().that().resideInAPackage("io.bargein.server..").should().dependOnClassesThat()
                .resideInAPackage("io.bargein.loadtest..").because("it is for tests and benchmarks"));
    }

    @Test
    void spiNamesNothingButTheJdk() {
        holds(noClasses().that().resideInAPackage("..server.spi..").and(PUBLIC).should().dependOnClassesThat()
                .resideOutsideOfPackages("java..", "io.bargein.server.spi..").because("others implement it"));
        holds(noClasses().that().resideInAPackage("..server.spi..").should().dependOnClassesThat()
                .resideOutsideOfPackages("java..", "org.slf4j..", "io.bargein.server.spi..").because("what is behind it may log, and no more"));
    }

    @Test
    void conversationKnowsNothingAboveIt() {
        holds(noClasses().that().resideInAPackage("..server.conversation..").should().dependOnClassesThat().resideInAnyPackage(
                "..server.session..", "..server.transport..", "..server.backend..", "..server.operations..", "io.netty.channel.."));
    }

    @Test
    void sessionKnowsNoChannelAndNothingAboveIt() {
        holds(noClasses().that().resideInAPackage("..server.session..").should().dependOnClassesThat().resideInAnyPackage(
                "..server.transport..", "..server.backend..", "io.netty.channel..", "io.netty.handler..", "io.netty.buffer.."));
    }

    @Test
    void transportKnowsNoBackend() {
        holds(noClasses().that().resideInAPackage("..server.transport..").should().dependOnClassesThat()
                .resideInAPackage("..server.backend.."));
    }

    @Test
    void backendsKnowTheSpiAndNothingAboveIt() {
        holds(noClasses().that().resideInAPackage("..server.backend..").should().dependOnClassesThat().resideInAnyPackage(
                "..server.conversation..", "..server.session..", "..server.transport..", "..server.operations.."));
    }

    @Test
    void onlyTheBedrockBackendAndTheDoorKnowTheSdk() {
        holds(noClasses().that().resideOutsideOfPackage("..backend.bedrock..").should().dependOnClassesThat()
                .resideInAPackage("software.amazon.awssdk.."));
    }

    /** C14. */
    @Test
    void onlyEntropyDrawsRandomNumbers() {
        holds(noClasses().that().resideInAPackage("io.bargein.server..").and().resideOutsideOfPackage("..server.entropy..")
                .should().dependOnClassesThat().haveNameMatching("java\\.(util\\..*Random|security\\.SecureRandom)")
                .orShould().callMethod(UUID.class, "randomUUID").orShould().callMethod(Math.class, "random")
                .because("a generator that was seeded before a snapshot says the same in every session restored from it"));
    }

    @Test
    void nothingDependsOnTheDoors() {
        holds(noClasses().that().resideInAPackage("io.bargein.server.*..").should().dependOnClassesThat()
                .resideInAPackage("io.bargein.server"));
    }

    /** What is public and not in the list is public for our own packages alone. */
    @Test
    void thePublicTypesAreThoseOfTheList() throws IOException {
        String found = String.join("\n", PublicSurface.of(OURS)) + "\n";
        try (InputStream list = ModuleBoundaryTest.class.getResourceAsStream("/public-types.txt")) {
            assertEquals(new String(list.readAllBytes(), StandardCharsets.UTF_8), found,
                    "server/src/test/resources/public-types.txt says what others may use (expected: what is found; if the change is meant, put"
                            + " that into the file; if not, make the type package-private)");
        }
    }

    @Test
    void publicTypesNameOnlyWhatOthersMayUse() {
        holds(classes().that(PUBLIC).and().resideOutsideOfPackage("..backend.bedrock..").should(nameOnly("java..", "io.netty..", "org.slf4j..")));
        holds(classes().that(PUBLIC).and().resideInAPackage("..backend.bedrock..").should(nameOnly("java..", "software.amazon.awssdk..")));
    }

    /** It is built against the artifacts too, but there what is public for our own packages compiles as well. */
    @Test
    void strangersNeedNothingButThePublicTypes() {
        classes().that().resideInAPackage("org.elsewhere..").should().onlyDependOnClassesThat(PUBLIC.or(
                DescribedPredicate.not(resideInAPackage("io.bargein.."))))
                .check(new ClassFileImporter().importPackages("org.elsewhere"));
    }

    private static ArchCondition<JavaClass> nameOnly(String... others) {
        DescribedPredicate<JavaClass> known = PUBLIC.or(resideInAnyPackage(others));
        return new ArchCondition<>("name only public types and those of %s", String.join(", ", others)) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                PublicSurface.namedBy(type).filter(named -> !named.isPrimitive() && !known.test(named)).distinct()
                        .forEach(named -> events.add(SimpleConditionEvent.violated(type, type.getName() + " names " + named.getName())));
            }
        };
    }
}
