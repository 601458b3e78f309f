package io.bargein.server;

/** The version by the jar's manifest. */
final class Version {

    private Version() {}

    static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return "bargein-server " + (version == null ? "(not packaged)" : version);
    }
}
