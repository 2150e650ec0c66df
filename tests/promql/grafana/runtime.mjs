// Stands for @grafana/runtime, which needs a browser: the code asked here reads only the feature toggles.
export const config = { featureToggles: {} };
export const getDataSourceSrv = () => undefined;
