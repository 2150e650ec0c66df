"""What Docker and kind say when they fail, as patterns, and what a reader can do about it."""

REMEDIES = {  # the first that matches is said, so what is special stands above what is general
    r"could not be found in this WSL": """
        Docker Desktop is not connected with this WSL. In its settings, under Resources, WSL integration, turn on this
        distribution, then run the cell again.""",
    r"permission denied while trying to connect to the [Dd]ocker|docker\.sock.*permission denied": """
        This account may not talk to Docker: `sudo usermod -aG docker $USER`, then log in again (in WSL: `wsl --shutdown`
        in Windows). Whoever may is as good as root on this machine. On a Mac: in Docker Desktop's settings, under
        Advanced, allow the default socket.""",
    r"/\.(docker|kube|config|cache)\b.*[Pp]ermission denied|readonly database|\.lock: permission denied"
    r"|error from sender: .*denied|kubeconfig: permission denied|default configuration\. Ensure"
    r"|open the configuration file": """
        The folder that the message names belongs to another user, often root after a `sudo`. `sudo chown -R $USER` gives
        it back: `sudo chown -R $USER ~/.docker ~/.kube ~/.config ~/.cache`, as far as they are there.""",
    r"to Podman|podman\S*\.sock|podman provider|network details should only be one line": """
        What answers for Docker here is podman, which gives images names under which the cluster does not find them. Start
        Docker itself and let it be asked: unset DOCKER_HOST and KIND_EXPERIMENTAL_PROVIDER, or `docker context ls`, then
        `docker context use` its name.""",
    r"resolve docker endpoint|context not found|daemon at (tcp|ssh)://": """
        Docker is told to use another machine, or a context that is gone. Unset DOCKER_HOST and DOCKER_CONTEXT where they
        are set; `docker context ls` shows the contexts that are there, `docker context use` takes one.""",
    r"\.colima/\S*docker\.sock": """
        Colima does not run: `colima start --cpu 2 --memory 6`, then run this cell again. If you use another Docker by
        now: `docker context ls`, then `docker context use` its name.""",
    r"\.rd/docker\.sock|nerdctl|no buildkit host|access containerd socket": """
        Start Rancher Desktop (in its preferences, Container Engine has to be dockerd), then run this cell again. If you
        use another Docker by now: `docker context ls`, then `docker context use` its name.""",
    r"Internal Server Error for API route|Bad response from Docker engine": """
        Docker Desktop hangs. Quit it and start it again (on Windows, `wsl --shutdown` in between), then run the cell
        again.""",
    r"You must be a member of the .*organization|Membership in the .* organization|email must be verified": """
        Docker wants another login: Docker Desktop's window, or https://hub.docker.com, says which. Log in there, or
        `docker logout`, where your company does not ask for one.""",
    r"error getting credentials|docker-credential-\S+.*not found": """
        Docker asks for logins through a program that is not here, or cannot answer. Remove the line `credsStore` from
        ~/.docker/config.json: the workbook's images need no login.""",
    r"connect to the [Dd]ocker (daemon|API)|docker daemon (is not )?running|error during connect"
    r"|docker\S*\.sock: connect: connection refused|pipe.docker_engine": """
        Start Docker: open Docker Desktop, OrbStack or what else runs it here, or `sudo systemctl start docker` on Linux.
        Then run this cell again.""",
    r"buildx component is missing|'buildx' is not a docker command|requires BuildKit": """
        Docker lacks its builder: install the package docker-buildx-plugin (docker-buildx in Debian, Ubuntu and
        Homebrew), and unset DOCKER_BUILDKIT where it is set.""",
    r"client version \S+ is too (old|new)": """
        The command `docker` and its engine are of different ages. Update the older one; perhaps another `docker` comes
        first on PATH, or DOCKER_API_VERSION is set.""",
    r"incorrect username or password|unauthorized: authentication required": """
        A login that Docker kept is refused: `docker logout`. The workbook's images need none.""",
    r"no basic auth credentials": """
        That registry wants a login: `docker login` and its address.""",
    r"privileged .*not allowed|incompatible with user namespaces": """
        kind's node is a privileged container, which this Docker forbids. Use another one, or GitHub Codespaces; or choose
        the target local.""",
    r"remote trust data does not exist": """
        DOCKER_CONTENT_TRUST is set here, and few images are signed for it: `unset DOCKER_CONTENT_TRUST`, then start the
        lab again.""",
    r"detect containerd snapshotter": """
        This kind is older than its node image. Update kind, or unset KIND_NODE_IMAGE and make the cluster anew.""",
    r"content digest \S+ not found|mismatched image rootfs|images import .* failed with error": """
        Docker's containerd image store and kind disagree. In Docker Desktop's settings, under General, turn off "Use
        containerd for pulling and storing images" (on Linux: in /etc/docker/daemon.json, `"features":
        {"containerd-snapshotter": false}`, then `sudo systemctl restart docker`). Then begin at the cell that creates
        the cluster, because the images are gone; or build with `--provenance=false`.""",
    r"invalid output path|read dockerfile: open Dockerfile": """
        Docker cannot see that folder. Docker from a snap sees your home alone, and no hidden folder: let it use a folder
        there (`mkdir -p ~/tmp; export TMPDIR=~/tmp`, then `make lab`, the workbook's own folder below your home, too), or
        install Docker Engine in the place of the snap.""",
    r"[Tt]oo many open files|inotify": """
        Linux lets too few files be watched:
        `sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288`, then run the cell again.""",
    r"rootless provider requires": """
        Docker runs without root here. kind can do that with cgroup v2 and a delegation by systemd:
        https://kind.sigs.k8s.io/docs/user/rootless. The ordinary Docker Engine needs neither.""",
    r"cgroup mount|Devices cgroup|systemd cgroup flag|setting cgroup config": """
        Docker and this Linux do not agree on cgroups. On WSL2: `wsl --update`, then `wsl --shutdown`, both in Windows;
        elsewhere update Docker and restart the machine.""",
    r"shared or slave mount": """
        kind shares folders of this Linux with its node, which they refuse, as in WSL or Alpine without systemd: `sudo
        mount --make-rshared /`, then run the cell again. It has to be done after each start.""",
    r"find a log line that|[Cc]group ?v1|required cgroups? disabled|(init node|join node) with kubeadm"
    r"|kubelet is not healthy|failed to generate kubeadm config|create cluster: failed to (apply|add|remove|install)": """
        The node did not boot. `make doctor` knows the usual reasons: cgroup v1 (an old WSL or Linux), too few inotify
        instances, too little memory.""",
    r"(?i)toomanyrequests|pull rate limit": """
        Docker Hub lets a network without login fetch 100 images in six hours. `docker login`, or wait.""",
    r"no matching manifest|exec format error|no match for platform|qemu-\w+: Could not open": """
        That image is for another processor. Unset DOCKER_DEFAULT_PLATFORM if it is set, and see that the tag is the one
        that the workbook pins.""",
    r"pull access denied|manifest for \S+ not found|manifest unknown": """
        The registry has no such image. Is its name right, where a setting such as KIND_NODE_IMAGE gives one? A company's
        registry may also have to fetch it first.""",
    r"IPv6 setup for bridge|disable_ipv6|INVALID_IPV|ip6tables": """
        IPv6 is off here, and kind asks Docker for a network that has it. Make one without: `docker network create kind`,
        then run the cell again: kind takes what stands.""",
    r"Pool overlaps|overlapping IP|could not find an available.*address pool|pools have been fully subnetted": """
        Docker has no network addresses left, or another network has those that kind wants: `docker network prune`, or
        leave the VPN while the cluster is made.""",
    r"missing kernel module|[Ee]xtension \S+ .*not supported|pair interfaces: operation not supported": """
        Linux lacks a part of its kernel that Docker needs, most often because the kernel was updated since the last
        start: restart the machine, then run the cell again.""",
    r"iptables": """
        Docker's rules in the firewall are gone, as after a restart of the firewall: `sudo systemctl restart docker`,
        then run the cell again.""",
    r"no space left on device|disk is full|ENOSPC|DiskPressure|disk-pressure|disk quota exceeded": """
        The disk is full. `docker image prune` and `docker builder prune` free what Docker no longer uses.""",
    r"/(docker|containerd|buildkit)\S*: (read-only file system|input/output error)": """
        The disk where Docker keeps its images is damaged or full. Restart Docker, then run the cell again; if that does
        not help, Docker Desktop has "Clean / Purge data" under Troubleshoot.""",
    r"(?m)^(bash: .*)?\bKilled\b|signal: killed|OOMKilled|[Cc]annot allocate memory|exit code: 137|exit status 137": """
        Memory ran out, or somebody ended the program. Close what you can, or give Docker more (Docker Desktop's settings,
        under Resources). On a Mac, a program that always ends so is broken: install it anew.""",
    r"failed to receive status: rpc error|error reading from server: EOF": """
        Docker stopped in the middle, often because memory ran out. See that it runs (`docker info`), give it more memory
        if you can, and run the cell again.""",
    r"failed to create new OS thread|[Rr]esource temporarily unavailable": """
        This account may start no more processes. Close what you can; `ulimit -u` shows the limit.""",
    r"already exist for a cluster": """
        Another cluster of that name stands. `kind delete cluster --name wine` removes it.""",
    r"container name \S+ is already in use": """
        A container of that name is left of an earlier cluster. If nobody needs it: `docker rm --force --volumes
        wine-control-plane`, then run the cell again.""",
    r"network \S+ not found": """
        The network of that container is gone, as after a `docker network prune`: `kind delete cluster --name wine`, then
        run the cell that creates the cluster.""",
    r"(container|Container) \S+ is (not running|paused)": """
        The cluster's node is stopped or paused: `docker start wine-control-plane`, or `docker unpause
        wine-control-plane`. A minute later it answers.""",
    r"did not receive an exit event|could not kill|cannot stop container|removal of container \S+ is already in progress"
    r"|endpoint with name \S+ already exists": """
        Docker has lost hold of that container. Restart Docker, then run the cell again.""",
    r"no nodes found for cluster|could not locate any control plane|unknown cluster|No such container: wine": """
        There is no cluster named wine. Run the cell that creates it first.""",
    r"not present locally|reference does not exist|no builder \S+ found|failed to find driver": """
        That image is not in Docker's own store. Run the cell with `docker build` first; if that changes nothing, builds
        go elsewhere: `docker buildx uninstall`, and unset BUILDX_BUILDER.""",
    r"forbidden by its access permissions": """
        Windows keeps that port for itself. Run the cell again, which takes another one; if that does not help, restart
        Windows.""",
    r"(?i)address already in use|port is already allocated": """
        Another program holds that port. Stop it, or choose another port.""",
    r"failed to create cluster: .*exit status 125|OCI runtime create failed|failed to create (shim|endpoint)": """
        Docker could not start a container. Restart Docker, then run the cell again; `make doctor` knows what else it may
        lack.""",
}
