package io.postrider.server;

import java.util.Optional;
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

    private NodeHealthCheck(String component, Supplier<Optional<String>> problem) {
        this.component = new ComponentName(component);
        this.problem = problem;
    }

    static NodeHealthCheck of(String component, BooleanSupplier isHealthy, String cause) {
        return of(component, () -> isHealthy.getAsBoolean() ? Optional.empty() : Optional.of(cause));
    }

    /** @param problem says why it does not work, if so */
    static NodeHealthCheck of(String component, Supplier<Optional<String>> problem) {
        return new NodeHealthCheck(component, problem);
    }

    @Override
    public ComponentName componentName() {
        return component;
    }

    @Override
    public Publisher<Result> check() {
        return Mono.fromSupplier(() -> problem.get()
                .map(cause -> Result.unhealthy(component, cause))
                .orElseGet(() -> Result.healthy(component)));
    }
}
