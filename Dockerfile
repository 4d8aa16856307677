# The command in an image, built from the checkout:
#   docker build -t tfreeze . && docker run --rm -v "$PWD:/models" tfreeze freeze model.h5 -o frozen.pb
FROM node:22-alpine AS build
WORKDIR /source
COPY . .
RUN npm ci --ignore-scripts && npm pack --ignore-scripts=false --pack-destination /

FROM node:22-alpine
COPY --from=build /tfreeze-*.tgz /
RUN npm install --global --ignore-scripts /tfreeze-*.tgz && rm /tfreeze-*.tgz
USER 1000
WORKDIR /models
ENTRYPOINT ["tfreeze"]
