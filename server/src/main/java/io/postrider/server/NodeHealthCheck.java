package io.postrider.server;

import java.util.function.BooleanSupplier;
import org.apache.james.core.healthcheck.ComponentName;
import org.apache.james.core.healthcheck.HealthCheck;
import org.apache.james.core.healthcheck.Result;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** Whether a part of this node works. */
final class NodeHealthCheck implements HealthCheck {
    private final ComponentName component;
    private final BooleanSupplier isHealthy;
    private final String cause;

    private NodeHealthCheck(String component, BooleanSupplier isHealthy, String cause) {
        this.component = new ComponentName(component);
        this.isHealthy = isHealthy;
        this.cause = cause;
    }

    static NodeHealthCheck of(String component, BooleanSupplier isHealthy, String cause) {
        return new NodeHealthCheck(component, isHealthy, cause);
    }

    @Override
    public ComponentName componentName() {
        return component;
    }

    @Override
    public Publisher<Result> check() {
        return Mono.fromSupplier(
                () -> isHealthy.getAsBoolean() ? Result.healthy(component) : Result.unhealthy(component, cause));
    }
}
