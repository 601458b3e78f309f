package io.bargein.loadtest;

import io.bargein.loadtest.run.Plan;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a plan's name. */
final class PlanName implements ITypeConverter<Plan.Kind> {

    @Override
    public Plan.Kind convert(String name) {
        for (Plan.Kind kind : Plan.Kind.values()) {
            if (kind.key().equalsIgnoreCase(name)) {
                return kind;
            }
        }
        throw new TypeConversionException("'" + name + "' is no plan (expected: one of "
                + Arrays.stream(Plan.Kind.values()).map(Plan.Kind::key).collect(Collectors.joining(", ")) + ")");
    }
}
