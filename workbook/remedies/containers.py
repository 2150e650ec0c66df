"""What Docker and kind say when they fail, as patterns, and what a reader can do about it."""

REMEDIES = {  # the first that matches is said, so what is special stands above what is general
    r"could not be found in this WSL": """
        Docker Desktop is not connected with this WSL. In its settings, under Resources, WSL integration, turn on this
        distribution, then run the cell again.""",
    r"permission denied while trying to connect to the [Dd]ocker|docker\.sock.*permission denied": """
        This account may not talk to Docker: `sudo usermod -aG docker $USER`, then log in again.""",
    r"/\.(docker|kube|config)/\S*: permission denied": """
        A folder of settings in your home belongs to another user, often root after a `sudo`:
        `sudo chown -R $USER ~/.docker ~/.kube ~/.config`.""",
    r"connect to the [Dd]ocker (daemon|API)|docker daemon (is not )?running|error during connect": """
        Start Docker, then run this cell again.""",
    r"error getting credentials|docker-credential-\S+.*not found": """
        Docker asks for logins through a program that is not here. Remove the line `credsStore` from
        ~/.docker/config.json: the workbook's images need no login.""",
    r"buildx component is missing|'buildx' is not a docker command": """
        Docker lacks its builder: install the package docker-buildx-plugin (docker-buildx in Debian, Ubuntu and
        Homebrew).""",
    r"client version \S+ is too (old|new)": """
        The command `docker` and its engine are of different ages. Update the older one; perhaps another `docker` comes
        first on PATH, or DOCKER_API_VERSION is set.""",
    r"incorrect username or password|unauthorized: authentication required": """
        A login that Docker kept is refused: `docker logout`. The workbook's images need none.""",
    r"content digest \S+ not found": """
        Docker's containerd image store and kind disagree. In Docker Desktop's settings, under General, turn off "Use
        containerd for pulling and storing images", then run the cell again; or build with `--provenance=false`.""",
    r"invalid output path": """
        Docker from a snap cannot see /tmp. Let it use a folder of your home (`mkdir -p ~/tmp; export TMPDIR=~/tmp`, then
        `make lab`), or install Docker Engine in the place of the snap.""",
    r"too many open files|inotify": """
        Linux lets too few files be watched:
        `sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288`, then run the cell again.""",
    r"rootless provider requires": """
        Docker runs without root here. kind can do that with cgroup v2 and a delegation by systemd:
        https://kind.sigs.k8s.io/docs/user/rootless. The ordinary Docker Engine needs neither.""",
    r"find a log line that|[Cc]group ?v1|required cgroups? disabled|init node with kubeadm|kubelet is not healthy": """
        The node did not boot. `make doctor` knows the usual reasons: cgroup v1 (an old WSL or Linux), too few inotify
        instances, too little memory.""",
    r"toomanyrequests|rate limit": """
        Docker Hub lets a network without login fetch 100 images in six hours. `docker login`, or wait.""",
    r"no matching manifest|exec format error|no match for platform|qemu-\w+: Could not open": """
        That image is for another processor. Unset DOCKER_DEFAULT_PLATFORM if it is set, and see that the tag is the one
        that the workbook pins.""",
    r"pull access denied|manifest for \S+ not found|manifest unknown": """
        The registry has no such image. Is its name right, where a setting such as KIND_NODE_IMAGE gives one?""",
    r"Pool overlaps|could not find an available.*address pool|address pools have been fully subnetted": """
        Docker has no network addresses left: `docker network prune`, or leave the VPN while the cluster is made.""",
    r"iptables": """
        Docker's rules in the firewall are gone, as after a restart of the firewall: `sudo systemctl restart docker`,
        then run the cell again.""",
    r"no space left on device|ENOSPC|DiskPressure|disk quota exceeded": """
        The disk is full. `docker system prune` frees what Docker no longer uses.""",
    r"(?m)^Killed$|signal: killed|OOMKilled|[Cc]annot allocate memory": """
        Memory ran out. Close what you can, or give Docker more (Docker Desktop's settings, under Resources).""",
    r"failed to create new OS thread|resource temporarily unavailable": """
        This account may start no more processes. Close what you can; `ulimit -u` shows the limit.""",
    r"already exist for a cluster": """
        Another cluster of that name stands. `kind delete cluster --name wine` removes it.""",
    r"container name \S+ is already in use": """
        A container of that name is left of an earlier cluster. If nobody needs it: `docker rm --force --volumes
        wine-control-plane`, then run the cell again.""",
    r"no nodes found for cluster|could not locate any control plane": """
        There is no cluster named wine. Run the cell that creates it first.""",
    r"not present locally": """
        That image is not built yet. Run the cell with `docker build` first.""",
    r"address already in use|port is already allocated": """
        Another program holds that port. Stop it, or choose another port.""",
}
