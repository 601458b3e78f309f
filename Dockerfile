# The server as a container for Amazon Bedrock AgentCore Runtime, ECS, Kubernetes or a laptop. From the top folder:
#
#     docker buildx build --platform linux/arm64 -t bargein .
#
# The jars are built on the builder's own processor; the runtime, its AOT cache and the libraries on the one they are for.
# Without an engine and an image registry: .ci/container, which gives its own base images.
ARG MAVEN_IMAGE=maven:3-eclipse-temurin-25
ARG JDK_IMAGE=eclipse-temurin:25-jdk

FROM --platform=$BUILDPLATFORM ${MAVEN_IMAGE} AS jars
# For Maven alone: where a mirror or a repository that is already there is to be used.
ARG MAVEN_ARGS
ARG MAVEN_OPTS
WORKDIR /src
# What Maven fetches depends on these alone: as long as none of them changes, the next step is not repeated.
COPY pom.xml ./
COPY protocol/pom.xml protocol/
COPY loadtest/pom.xml loadtest/
COPY server/pom.xml server/
RUN mvn -B -ntp -q package -DskipTests
COPY protocol/src protocol/src
COPY loadtest/src loadtest/src
COPY server/src server/src
RUN mvn -B -ntp -q package -DskipTests

FROM ${JDK_IMAGE} AS runtime
# What jdeps finds in the jar, less java.security.jgss (a proxy's Kerberos) and jdk.jfr, whose recordings need a file; and DNS for Netty.
ARG MODULES=java.base,java.logging,java.naming,java.xml,jdk.naming.dns,jdk.unsupported
COPY server/src/container /build
COPY --from=jars /src/server/target/bargein-server.jar /src/loadtest/target/bargein-loadtest.jar /build/
RUN bash /build/assemble.sh "$MODULES" && bash /build/train.sh && bash /build/root.sh && rm -rf /build

# Nothing but what the server needs: no shell and no package manager.
FROM scratch
ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Bargein" \
      org.opencontainers.image.description="The Java runtime for agents that can be cut in on, for Amazon Bedrock AgentCore" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=runtime /root-of-image /
ENV BARGEIN_BACKEND=bedrock \
    BARGEIN_WARM_UP=local
# By number: AgentCore and Kubernetes can then tell that it is not root.
USER 10001:10001
EXPOSE 8080
# No shell in between, so that SIGTERM reaches the JVM.
ENTRYPOINT ["/opt/bargein/java/bin/java", "@/opt/bargein/java.options", "-XX:AOTCache=/opt/bargein/bargein.aot", \
            "-jar", "/opt/bargein/bargein-server.jar"]
