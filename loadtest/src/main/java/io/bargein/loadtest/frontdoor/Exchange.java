package io.bargein.loadtest.frontdoor;

import io.netty.channel.ChannelHandlerContext;

/**
 * One request on its way to the container and back. Confined to its channel's loop.
 *
 * @param client the client's channel, at the handler
 * @param door the handler
 * @param deployment the runtime
 * @param sessionId the caller's or a new one
 * @param requestId its own
 * @param keepAlive whether the client's connection is to outlive it
 */
record Exchange(ChannelHandlerContext client, FrontDoorHandler door, Deployment deployment, String sessionId, String requestId,
        boolean keepAlive) {

    /** Ends it with a refusal. */
    void refuse(Refusal refusal) {
        end();
        FrontDoorHandler.refuse(client, refusal, requestId, keepAlive);
    }

    /** It is over; to be called once. */
    void end() {
        deployment.sessions().leave(sessionId);
        door.done();
    }
}
