package io.bargein.server;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.domain.JavaTypeVariable;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What others may use, and what it says to them: the types of these packages that can be reached from outside, and no others. */
final class PublicSurface {
    private static final Set<String> PACKAGES = Set.of("io.bargein.server", "io.bargein.server.spi", "io.bargein.server.backend.bedrock",
            "io.bargein.protocol");

    private PublicSurface() {}

    static boolean has(JavaClass type) {
        return PACKAGES.contains(type.getPackageName()) && isVisible(type.getModifiers())
                && type.getEnclosingClass().map(PublicSurface::has).orElse(true);
    }

    /** The types' names, as one writes them, sorted. */
    static Set<String> of(JavaClasses classes) {
        Set<String> names = new TreeSet<>();
        classes.stream().filter(PublicSurface::has).forEach(type -> names.add(type.getName().replace('$', '.')));
        return names;
    }

    /** What its declaration names: supertypes (what they declare, if they are no more than a part of it), and the types, type arguments, bounds and exceptions of what can be reached of it. */
    static Stream<JavaClass> namedBy(JavaClass type) {
        Stream<JavaType> supertypes = Stream.of(type.getSuperclass().stream(), type.getInterfaces().stream(), type.getTypeParameters().stream())
                .flatMap(types -> types);
        JavaClass part = type.getRawSuperclass().filter(parent -> PACKAGES.contains(parent.getPackageName()) && !has(parent)).orElse(null);
        if (part != null) {
            supertypes = type.getInterfaces().stream().map(parent -> parent);
        }
        return Stream.concat(part == null ? Stream.of() : namedBy(part), named(type, supertypes));
    }

    private static Stream<JavaClass> named(JavaClass type, Stream<JavaType> supertypes) {
        return Stream.concat(supertypes, Stream.concat(members(type.getFields()).map(JavaField::getType),
                        Stream.concat(members(type.getMethods()), members(type.getConstructors())).flatMap(PublicSurface::typesOf)))
                .flatMap(named -> named.getAllInvolvedRawTypes().stream()).map(JavaClass::getBaseComponentType);
    }

    private static Stream<JavaType> typesOf(JavaCodeUnit method) {
        Stream<JavaTypeVariable<?>> variables = method.getTypeParameters().stream().map(variable -> variable);
        return Stream.of(variables, Stream.of(method.getReturnType()), method.getParameterTypes().stream(),
                method.getExceptionTypes().stream()).flatMap(types -> types);
    }

    private static <M extends JavaMember> Stream<M> members(Collection<M> members) {
        return members.stream().filter(member -> isVisible(member.getModifiers()));
    }

    private static boolean isVisible(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }
}
