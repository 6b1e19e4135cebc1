package io.postrider.admin.webadmin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import javax.inject.Inject;
import org.apache.james.webadmin.Routes;
import spark.Service;

/** The description of the admin API, an <a href="https://spec.openapis.org/oas/v3.0.3">OpenAPI 3.0</a> file. */
public final class OpenApiRoutes implements Routes {
    static final String RESOURCE = "/openapi/admin.yaml";

    private final byte[] description;

    @Inject
    public OpenApiRoutes() {
        try (InputStream resource = OpenApiRoutes.class.getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new IllegalStateException(RESOURCE + " is not on the class path");
            }
            this.description = resource.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String getBasePath() {
        return "/openapi.yaml";
    }

    @Override
    public void define(Service service) {
        service.get(getBasePath(), (request, response) -> {
            response.type("application/yaml");
            return description;
        });
    }
}
