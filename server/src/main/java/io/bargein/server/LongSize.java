package io.bargein.server;

import picocli.CommandLine.ITypeConverter;

/** A size of any length. */
final class LongSize implements ITypeConverter<Long> {
    @Override
    public Long convert(String value) {
        return Sizes.parse(value);
    }
}
