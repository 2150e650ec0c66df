"""What programs say of the way to somewhere else: names, proxies, certificates, registries."""

REMEDIES = {  # the first that matches is said, so what is special stands above what is general
    r"gave HTTP response to HTTPS client": """
        What answers there does not speak TLS: a proxy, or a registry of your own. Check HTTPS_PROXY and the address.""",
    r"proxyconnect|Proxy Authentication Required|Tunnel connection failed|ProxyError": """
        The proxy refuses. Check HTTPS_PROXY, and that NO_PROXY has 127.0.0.1 and localhost. Docker has a setting of its
        own (Docker Desktop's settings, under Resources, Proxies).""",
    r"connect to the server: (Forbidden|Bad Gateway|Service Unavailable|Gateway Time)|from server: <!?(html|HTML|DOC)": """
        A proxy answered in the cluster's place. Let NO_PROXY have the cluster's address, which `!kubectl config view
        --minify` shows, and start the lab again.""",
    r"CERTIFICATE_VERIFY_FAILED.*/(simple|packages)/|(/simple/|pythonhosted).*CERTIFICATE_VERIFY_FAILED": """
        Between the build and the package index something, often a company's proxy, signs with its own certificate, which
        the image does not know. Add `--build-arg BASE_IMAGE=` and an image of your company that knows it.""",
    r"x509|CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|SSL certificate problem": """
        Something between here and there, often a company's proxy, signs with its own certificate. Let SSL_CERT_FILE and
        Docker's settings name that certificate; for gcloud,
        `gcloud config set core/custom_ca_certs_file FILE`.""",
    r"(FetchReference|manifests/|index\.yaml).*not found|404 Not Found|repo \S+ not found": """
        The address answers, but has no such file. Check MONITORING_CHART, METRICS_SERVER_CHART and the version; a
        company's registry may have to fetch it first.""",
    r"unexpected status from \w+ request to \S+: 40[13]|response status code 40[13]|: 40[13] (Forbidden|Unauthorized)": """
        The registry, or a proxy before it, refuses. Does your company allow this address? Or let KIND_NODE_IMAGE,
        MONITORING_CHART and METRICS_SERVER_CHART name copies that it does.""",
    r"gzipped archive|Chart\.yaml file is missing": """
        What came, or lies there, is no chart: perhaps the page of a proxy or of a hotel's network. Open a browser, and
        check MONITORING_CHART and METRICS_SERVER_CHART.""",
    r"unexpected HTTP status: 5|ResponseError: code=50\d|Error 50\d": """
        The other side has a fault of its own. Run the cell again in some minutes.""",
    r"failed size validation|layer verification failed|DO NOT MATCH THE HASHES|unexpected EOF": """
        A download came damaged, or was cut off. Run the cell again; if that lasts, a proxy on the way changes it.""",
    r"(ghcr\.io|github|helm|chart|Chart)\S*.*(dial tcp|no such host|i/o timeout|Client\.Timeout|TLS handshake timeout|reset)"
    r"|failed to (download|fetch) \"?(http|oci)|valid chart repository": """
        The address could not be reached. Check the network, or let MONITORING_CHART or METRICS_SERVER_CHART name a
        file that you have.""",
    r"no such host|name resolution|NameResolutionError|[Ff]ailed to resolve '|server misbehaving|onnectionPool|i/o timeout"
    r"|Client\.Timeout|TLS handshake timeout|connection reset by peer|network is unreachable|no route to host"
    r"|failed to (pull|do request|authorize)|resolve source metadata|https://\S+: (context deadline|EOF)"
    r"|Could not resolve host|Failed to connect to|ConnectionResetError|Connection aborted|Unable to find the server": """
        The address could not be reached. Check the network: does a VPN or a company's proxy (HTTPS_PROXY; for Docker,
        its own settings) stand in between? Then run the cell again.""",
}
