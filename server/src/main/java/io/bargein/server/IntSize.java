package io.bargein.server;

import picocli.CommandLine.ITypeConverter;

/** A size of less than 2 GiB. */
final class IntSize implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
        return Sizes.parseInt(value);
    }
}
