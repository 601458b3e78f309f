package io.bargein.server;

import picocli.CommandLine.IVersionProvider;

/** The version by the jar's manifest. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {"bargein-server " + (version == null ? "(not packaged)" : version)};
    }
}
