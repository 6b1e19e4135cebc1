package io.postrider.server;

import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.james.core.healthcheck.ComponentName;
import org.apache.james.core.healthcheck.HealthCheck;
import org.apache.james.core.healthcheck.Result;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** Whether a part of this node works. */
final class NodeHealthCheck implements HealthCheck {
    private final ComponentName component;
    private final Supplier<Optional<String>> problem;
    private final BiFunction<ComponentName, String, Result> otherwise;

    private NodeHealthCheck(
            String component, Supplier<Optional<String>> problem, BiFunction<ComponentName, String, Result> otherwise) {
        this.component = new ComponentName(component);
        this.problem = problem;
        this.otherwise = otherwise;
    }

    static NodeHealthCheck of(String component, BooleanSupplier isHealthy, String cause) {
        return of(component, () -> isHealthy.getAsBoolean() ? Optional.empty() : Optional.of(cause));
    }

    /** @param problem says why it does not work, if so */
    static NodeHealthCheck of(String component, Supplier<Optional<String>> problem) {
        return new NodeHealthCheck(component, problem, Result::unhealthy);
    }

    /**
     * The part works, but a person should look.
     *
     * @param problem says at what, if so
     */
    static NodeHealthCheck degraded(String component, Supplier<Optional<String>> problem) {
        return new NodeHealthCheck(component, problem, Result::degraded);
    }

    /** The part works, but a person should look. */
    static NodeHealthCheck degradedUnless(String component, BooleanSupplier isHealthy, String cause) {
        return new NodeHealthCheck(
                component, () -> isHealthy.getAsBoolean() ? Optional.empty() : Optional.of(cause), Result::degraded);
    }

    @Override
    public ComponentName componentName() {
        return component;
    }

    @Override
    public Publisher<Result> check() {
        return Mono.fromSupplier(() -> problem.get()
                .map(cause -> otherwise.apply(component, cause))
                .orElseGet(() -> Result.healthy(component)));
    }
}
