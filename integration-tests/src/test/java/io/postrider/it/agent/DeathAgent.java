package io.postrider.it.agent;

import static net.bytebuddy.matcher.ElementMatchers.isAbstract;
import static net.bytebuddy.matcher.ElementMatchers.isBridge;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.not;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.matcher.ElementMatcher;

/**
 * A Java agent that ends its process at a place in the code: on the n-th pass of a method, the process sends SIGKILL to itself. The kernel ends it there and then, as
 * it does on {@code kill -9}; no thread of it does anything more.
 */
public final class DeathAgent {
    /** Where in a method. */
    public enum Point {
        ENTRY,
        /** It returns, and not by an exception. */
        EXIT,
        /** A moment after its entry, in which it may do some of its work. */
        WITHIN
    }

    private static final int SIGKILL = 9;
    private static final int MOMENT_MICROS = 3000;
    private static final AtomicInteger LEFT = new AtomicInteger();
    private static volatile Runnable death = () -> {};
    private static volatile Runnable kill = () -> {};

    private DeathAgent() {}

    /**
     * The option of the JVM that brings the agent. Its class and Byte Buddy must be on the class path.
     *
     * @param directory for a file that the JVM wants
     * @param pass the how manieth pass of the method ends the process
     * @param report is written before the death; its content is what died
     */
    public static String option(Path directory, String className, String method, Point point, int pass, Path report) {
        return "-javaagent:" + jar(directory) + "="
                + String.join(",", className, method, point.name(), "" + pass, "" + report);
    }

    /** A jar with nothing in it but the name of this class. */
    private static Path jar(Path directory) {
        Path file = directory.resolve("death-agent.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), DeathAgent.class.getName());
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file), manifest)) {
            jar.finish();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void premain(String argument, Instrumentation instrumentation) {
        String[] parts = argument.split(",", 5);
        Point point = Point.valueOf(parts[2]);
        Path report = Path.of(parts[4]);
        LEFT.set(Integer.parseInt(parts[3]));
        kill = kill(instrumentation);
        death = () -> die(report, parts[0] + "#" + parts[1] + " " + point);
        if (point == Point.WITHIN) {
            death = inAMoment(death);
        }
        ElementMatcher<MethodDescription> methods =
                named(parts[1]).and(not(isAbstract())).and(not(isBridge()));
        Class<?> advice = point == Point.EXIT ? AtExit.class : AtEntry.class;
        new AgentBuilder.Default()
                .type(named(parts[0]))
                .transform((builder, type, loader, module, domain) ->
                        builder.visit(Advice.to(advice).on(methods)))
                .installOn(instrumentation);
    }

    /** Called by the code that is put into the method. */
    public static void pass() {
        if (LEFT.get() > 0 && LEFT.decrementAndGet() == 0) {
            death.run();
        }
    }

    private static Runnable inAMoment(Runnable then) {
        Thread thread = new Thread(
                () -> {
                    while (LEFT.get() > 0) {
                        LockSupport.park();
                    }
                    LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(MOMENT_MICROS) * 1000L);
                    then.run();
                },
                "death");
        thread.setDaemon(true);
        thread.start();
        return () -> LockSupport.unpark(thread);
    }

    /** What the JDK has to send a signal to itself, without its check that this process handles it. */
    private static Runnable kill(Instrumentation instrumentation) {
        try {
            Class<?> signals = Class.forName("jdk.internal.misc.Signal");
            instrumentation.redefineModule(
                    signals.getModule(),
                    Set.of(),
                    Map.of(),
                    Map.of(signals.getPackageName(), Set.of(DeathAgent.class.getModule())),
                    Set.of(),
                    Map.of());
            Method raise = signals.getDeclaredMethod("raise0", int.class);
            raise.setAccessible(true);
            return () -> {
                try {
                    raise.invoke(null, SIGKILL);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException("the process lives on", e);
                }
            };
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no way to send SIGKILL", e);
        }
    }

    private static void die(Path report, String where) {
        try {
            Files.writeString(report, where);
        } catch (IOException e) {
            // Without it, the test does not believe that it was here.
        }
        kill.run();
    }

    /** Put at the beginning of the method. */
    static final class AtEntry {
        private AtEntry() {}

        @Advice.OnMethodEnter
        static void enter() {
            pass();
        }
    }

    /** Put at each return of the method. */
    static final class AtExit {
        private AtExit() {}

        @Advice.OnMethodExit
        static void exit() {
            pass();
        }
    }
}
