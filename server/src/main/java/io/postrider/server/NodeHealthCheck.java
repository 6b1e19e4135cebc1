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
    private final Result otherwise;

    private NodeHealthCheck(ComponentName component, BooleanSupplier isHealthy, Result otherwise) {
        this.component = component;
        this.isHealthy = isHealthy;
        this.otherwise = otherwise;
    }

    static NodeHealthCheck of(String component, BooleanSupplier isHealthy, String cause) {
        ComponentName name = new ComponentName(component);
        return new NodeHealthCheck(name, isHealthy, Result.unhealthy(name, cause));
    }

    /** The part works, but a person should look. */
    static NodeHealthCheck degradedUnless(String component, BooleanSupplier isHealthy, String cause) {
        ComponentName name = new ComponentName(component);
        return new NodeHealthCheck(name, isHealthy, Result.degraded(name, cause));
    }

    @Override
    public ComponentName componentName() {
        return component;
    }

    @Override
    public Publisher<Result> check() {
        return Mono.fromSupplier(() -> isHealthy.getAsBoolean() ? Result.healthy(component) : otherwise);
    }
}
