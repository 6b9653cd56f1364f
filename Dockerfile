# The image: node, its flags, the bundles. Build it with: docker build --build-arg MEMGAP_REVISION=$(git rev-parse --short HEAD) .
# For both platforms: docker buildx build --platform linux/amd64,linux/arm64 . (nothing in here names one; only amd64 was measured).
# Where no registry can be reached, `make image` puts the last stage over a root of the same layout.
# NODE_IMAGE may name a copy of the official image.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
ARG MEMGAP_REVISION=unknown
# the code that V8 makes of it is kept for this very node alone
RUN MEMGAP_REVISION=${MEMGAP_REVISION} MEMGAP_NODE=$(command -v node) node scripts/build.mjs
# The root of the final image: node with the libraries that it names, the bundle, and nothing else. No shell, no npm, no package manager.
RUN mkdir -p /image/usr/bin /image/opt/memgap /image/etc \
  && echo "hosts: files dns" > /image/etc/nsswitch.conf \
  && cp "$(command -v node)" /image/usr/bin/node \
  && ldd /image/usr/bin/node | grep -o '/[^ ]*' | xargs -I{} cp -L --parents {} /image \
  && cp dist/* LICENSE /image/opt/memgap/ \
  && mkdir /image/dev /image/proc /image/sys /image/tmp

FROM scratch
ARG MEMGAP_VERSION=0.2.0
ARG MEMGAP_REVISION=unknown
LABEL org.opencontainers.image.title="memgap" \
      org.opencontainers.image.description="Prometheus exporter that tells where the memory of a Go container goes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${MEMGAP_VERSION}" \
      org.opencontainers.image.revision="${MEMGAP_REVISION}"
COPY --from=build /image /
# MALLOC_*: as bin/memgap has it
ENV NODE_ENV=production MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072 MALLOC_MMAP_THRESHOLD_=49152
# Kubernetes checks runAsNonRoot by number only. A sidecar takes the uid AND the gid of the program that it watches (runAsUser, runAsGroup).
USER 65532:65532
EXPOSE 9779
# The flags of bin/memgap, in the ENTRYPOINT because a pod's "args:" replace a CMD, flags and all.
ENTRYPOINT ["/usr/bin/node", "--max-semi-space-size=1", "--liftoff-only", "--single-threaded", "--no-opt", "--no-maglev", "--no-sparkplug", "--max-lazy", "/opt/memgap/memgap.cjs"]
CMD ["serve"]
