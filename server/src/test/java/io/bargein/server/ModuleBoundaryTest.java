package io.bargein.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.bargein.loadtest.standin.BedrockStandIn;
import io.bargein.protocol.Framing;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The arrows between modules and packages: they point down, never back. */
class ModuleBoundaryTest {
    private static final JavaClasses OURS = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackagesOf(BargeinServer.class, Framing.class, BedrockStandIn.class);

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
        holds(noClasses().that().resideInAPackage("..server.spi..").should().dependOnClassesThat()
                .resideOutsideOfPackages("java..", "io.bargein.server.spi..").because("others implement it"));
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
                .haveFullyQualifiedName(BargeinServer.class.getName()));
    }
}
