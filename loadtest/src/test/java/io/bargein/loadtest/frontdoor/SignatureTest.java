package io.bargein.loadtest.frontdoor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.bargein.loadtest.frontdoor.Caller.Answer;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is let in for a signature: the reference client's vectors over real sockets, and what is made of them. */
@Timeout(60)
class SignatureTest {
    private static final String INVALID = "InvalidSignatureException";

    private final Container container = new Container();
    private final Caller caller = new Caller();
    private final HandMovedTime time = new HandMovedTime(Vectors.SIGNED);
    private FrontDoor door;

    private FrontDoorBuilder builder() {
        return FrontDoor.before(container.uri()).time(time);
    }

    private void openFor(String sessionToken) throws IOException {
        door = builder().credentials(Vectors.KEY, Vectors.SECRET, sessionToken).open();
    }

    @AfterEach
    void close() {
        door.close();
        caller.close();
        container.close();
    }

    private Answer sends(String request) throws Exception {
        return caller.sends(door.uri(), request);
    }

    private void isLetIn(String request) throws Exception {
        Answer answer = sends(request);
        assertEquals(101, answer.status(), answer.body());
        assertEquals("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", answer.headers().get("Sec-WebSocket-Accept"));
        assertEquals(Vectors.SESSION, container.arrival().headers().get("x-amzn-bedrock-agentcore-runtime-session-id"));
        Peer peer = container.peer();
        peer.says("hello");
        answer.peer().hears("text hello");
    }

    @Test
    void takesTheVectorsOfAKeyWithoutAToken() throws Exception {
        openFor(null);
        isLetIn(Vectors.V1);
        isLetIn(Vectors.V3);
        isLetIn(Vectors.T1);
        isLetIn(Vectors.T2);
    }

    @Test
    void takesTheVectorsOfAKeyWithAToken() throws Exception {
        openFor(Vectors.TOKEN);
        isLetIn(Vectors.V2);
        isLetIn(Vectors.V4);
    }

    @Test
    void refusesAPathThatWasEncodedOnce() throws Exception {
        openFor(null);
        sends(Vectors.V1_ONCE_ENCODED).is(403, INVALID, "does not match the signature you provided");
        assertTrue(container.sawNothing());
    }

    @Test
    void refusesWhatIsNotWhatWasSigned() throws Exception {
        openFor(null);
        String mismatch = "does not match the signature you provided";
        sends(Vectors.V1.replace("/ws ", "/ws?qualifier=DEFAULT ")).is(403, INVALID, mismatch);
        sends(Vectors.V1.replace("Host: bedrock", "Host: badrock")).is(403, INVALID, mismatch);
        sends(Vectors.V1.replace(".amazonaws.com", ".amazonaws.com:8443")).is(403, INVALID, mismatch);
        sends(Vectors.V1.replace(Vectors.V1_SIGNATURE, Vectors.V1_SIGNATURE.replace('a', 'b'))).is(403, INVALID, mismatch);
        sends(Vectors.T2.replace("Session-Id: 1", "Session-Id: 2")).is(403, INVALID, mismatch);
        sends(Vectors.T1.replace("sha256: e3b0", "sha256: e3b1")).is(403, INVALID, mismatch);
        sends(Vectors.V3.replace("Session-Id=1", "Session-Id=2")).is(403, INVALID, mismatch);
        sends(Vectors.V3.replace("Expires=300", "Expires=299")).is(403, INVALID, mismatch);
        assertTrue(container.sawNothing());
    }

    @Test
    void refusesAKeyThatItDoesNotKnowAndASecretThatIsNotTheKeys() throws Exception {
        door = builder().credentials("AKIAI44QH8DHBEXAMPLE", Vectors.SECRET, null).open();
        sends(Vectors.V1).is(403, "UnrecognizedClientException", "The security token included in the request is invalid.");
        sends(Vectors.V3).is(403, "UnrecognizedClientException", "The security token included in the request is invalid.");
        door.close();
        door = builder().credentials(Vectors.KEY, Vectors.SECRET + "x", null).open();
        sends(Vectors.V1).is(403, INVALID, "Check your AWS Secret Access Key");
        sends(Vectors.V3).is(403, INVALID, "Check your AWS Secret Access Key");
    }

    @Test
    void refusesATokenThatIsMissingOrNotTheKeys() throws Exception {
        String invalid = "The security token included in the request is invalid.";
        openFor(Vectors.TOKEN);
        sends(Vectors.V1).is(403, "UnrecognizedClientException", invalid);
        sends(Vectors.V2.replace("Token: IQ", "Token: QI")).is(403, "UnrecognizedClientException", invalid);
        sends(Vectors.V4.replace("Token=IQ", "Token=QI")).is(403, "UnrecognizedClientException", invalid);
        door.close();
        openFor(null);
        sends(Vectors.V2).is(403, "UnrecognizedClientException", invalid);
    }

    @Test
    void refusesASignatureOfAnotherTime() throws Exception {
        openFor(null);
        time.advance(Duration.ofMinutes(5));
        isLetIn(Vectors.V1);
        isLetIn(Vectors.V3);
        time.advance(Duration.ofSeconds(1));
        sends(Vectors.V1).is(403, INVALID, "Signature expired: 20260115T120000Z is now earlier than 20260115T120001Z (20260115T120501Z - 5 min.)");
        sends(Vectors.V3).is(403, INVALID, "Signature expired: 20260115T120000Z is now earlier than 20260115T120001Z (20260115T120501Z - 300 sec.)");
        door.close();
        door = builder().time(new HandMovedTime(Vectors.SIGNED.minusSeconds(301))).credentials(Vectors.KEY, Vectors.SECRET, null).open();
        sends(Vectors.V1).is(403, INVALID, "Signature not yet current: 20260115T120000Z is still later than 20260115T115959Z");
        sends(Vectors.V3).is(403, INVALID, "Signature not yet current");
    }

    @Test
    void refusesAPresignedUrlThatIsGoodForLongerThanItTakes() throws Exception {
        openFor(null);
        sends(Vectors.V3.replace("Expires=300", "Expires=301")).is(403, INVALID, "X-Amz-Expires: 301 (expected: 1 to 300, in seconds)");
        sends(Vectors.V3.replace("Expires=300", "Expires=0")).is(403, INVALID, "X-Amz-Expires: 0 (expected: 1 to 300, in seconds)");
        sends(Vectors.V3.replace("&X-Amz-Expires=300", "")).is(403, INVALID, "X-Amz-Expires: null (expected: 1 to 300, in seconds)");
        door.close();
        door = builder().credentials(Vectors.KEY, Vectors.SECRET, null).maxPresign(Duration.ofSeconds(299)).open();
        sends(Vectors.V3).is(403, INVALID, "X-Amz-Expires: 300 (expected: 1 to 299, in seconds)");
    }

    @Test
    void refusesAnotherScope() throws Exception {
        openFor(null);
        sends(Vectors.V1.replace("us-west-2/", "us-east-1/")).is(403, INVALID, "Credential should be scoped to a valid region, not 'us-east-1'.");
        sends(Vectors.V1.replace("/bedrock-agentcore/", "/bedrock/")).is(403, INVALID, "correct service: 'bedrock-agentcore'.");
        sends(Vectors.V1.replace("/20260115/", "/20260114/")).is(403, INVALID, "scoped to the date of 20260115T120000Z");
        sends(Vectors.V3.replace("%2F20260115%2F", "%2F20260114%2F")).is(403, INVALID, "scoped to the date of 20260115T120000Z");
    }

    @Test
    void refusesASignatureThatIsNotWhole() throws Exception {
        String incomplete = "IncompleteSignatureException";
        openFor(null);
        sends(Vectors.V1.replace("Signature=", "Sig=")).is(403, incomplete, "Authorization requires 'Signature' parameter.");
        sends(Vectors.V1.replace("X-Amz-Date: 20260115T120000Z\n", "")).is(403, incomplete, "requires existence of an 'X-Amz-Date'");
        sends(Vectors.V1.replace("X-Amz-Date: 20260115T120000Z", "X-Amz-Date: 20260115T1200")).is(403, incomplete, "Got '20260115T1200'.");
        sends(Vectors.V1.replace("/aws4_request", "")).is(403, incomplete, "exactly 5 slash-delimited elements");
        sends(Vectors.V1.replace("host;", "")).is(403, INVALID, "must be a 'SignedHeader'");
        sends(Vectors.V3.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA")).is(403, incomplete, "Unsupported AWS 'algorithm': 'AWS4-ECDSA'.");
        sends("GET " + Vectors.PATH + " HTTP/1.1\n" + Vectors.UPGRADE).is(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
    }
}
