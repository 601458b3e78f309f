package io.bargein.server.examples;

import io.bargein.server.spi.Generation;
import io.bargein.server.spi.GenerationListener;
import io.bargein.server.spi.Model;
import io.bargein.server.spi.ModelException;
import io.bargein.server.spi.ModelRequest;
import java.util.function.Predicate;

/** Two models behind one door: each request goes to the one that it is for. */
public final class RouterModel implements Model {
    private final Predicate<ModelRequest> isForFirst;
    private final Model first;
    private final Model second;

    public RouterModel(Predicate<ModelRequest> isForFirst, Model first, Model second) {
        this.isForFirst = isForFirst;
        this.first = first;
        this.second = second;
    }

    // snippet: route
    @Override
    public Generation start(ModelRequest request, GenerationListener listener) throws ModelException {
        return (isForFirst.test(request) ? first : second).start(request, listener);   // demand and cancels go there by themselves
    }
    // end

    @Override
    public void prepare(boolean connect) throws ModelException {
        try {
            first.prepare(connect);
        } finally {
            second.prepare(connect);
        }
    }

    @Override
    public void refresh() {
        try {
            first.refresh();
        } finally {
            second.refresh();
        }
    }

    @Override
    public void close() {
        try {
            first.close();
        } finally {
            second.close();
        }
    }
}
