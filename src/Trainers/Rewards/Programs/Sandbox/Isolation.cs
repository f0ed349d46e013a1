using System.Globalization;
using System.Runtime.InteropServices;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// A way to start a process isolated from the rest of the machine. On Linux a program gets its own namespaces: no network, no
/// visible processes, a file system with only the runtime (read-only) and empty folders, and no privileges; and limits
/// on time, threads, files and file sizes, enforced by the kernel. If the kernel does not allow the namespaces, the limits remain.
/// </summary>
/// <param name="Name">A description of the isolation in effect.</param>
/// <param name="HasOwnFiles">Whether the program sees no files except the runtime's.</param>
/// <param name="HasNoNetwork">Whether the kernel denies it network access.</param>
internal sealed record Isolation(string Name, bool HasOwnFiles, bool HasNoNetwork)
{
    private const string Nobody = "65534";

    // Creates a root file system with the runtime (read-only) and an empty /work and /tmp; then runs the command in it. Of /proc the
    // runtime gets what it reads at its start, its maps (where its stack is), and the name of its host. Memory, descriptors, command line
    // and environment of the process are not there.
    private const string Confine = """
        set -eu
        root=$1; app=$2; dotnet=$3; bytes=$4; shift 4
        mount -t tmpfs -o "size=$bytes,mode=0755,nosuid,nodev" tmpfs "$root"
        mkdir "$root/app" "$root/proc" "$root/proc/self" "$root/whole" "$root/dev"
        mkdir -m 777 "$root/work" "$root/tmp"
        show() { [ -d "$root$2" ] || mkdir -p "$root$2"; mount --rbind -o ro,nosuid "$1" "$root$2"; }
        links=
        for folder in /usr /bin /lib /lib64; do
          if [ -L "$folder" ]; then links="$links $folder"; elif [ -d "$folder" ]; then show "$folder" "$folder"; fi
        done
        [ -z "$links" ] || cp -P $links "$root"
        [ -e "$root$dotnet" ] || show "$dotnet" "$dotnet"
        show "$app" /app
        mount -t proc -o nosuid,nodev,noexec proc "$root/whole"
        : > "$root/proc/self/maps"; mount --bind "$root/whole/$$/maps" "$root/proc/self/maps"
        umount -l "$root/whole"
        ln -s "$dotnet/dotnet" "$root/proc/self/exe"
        for device in null urandom; do : > "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
        cd "$root"
        exec chroot . "$@"
        """;

    private readonly bool _dropsRoot;

    private Isolation(string name, bool hasOwnFiles, bool hasNoNetwork, bool dropsRoot)
        : this(name, hasOwnFiles, hasNoNetwork) => _dropsRoot = dropsRoot;

    /// <summary>The kinds of isolation to try on this system, the strongest first.</summary>
    internal static IEnumerable<Isolation> Candidates
    {
        get
        {
            const string Apart = "namespaces of its own (no network, no other processes, no files but the runtime's), no "
                + "privileges, kernel limits";
            if (OperatingSystem.IsLinux())
            {
                if (Environment.UserName == "root")
                {
                    yield return new Isolation($"{Apart}, the user nobody", true, true, dropsRoot: true);
                }

                yield return new Isolation(Apart, true, true, dropsRoot: false);
                yield return new Isolation(
                    "kernel limits, an empty working folder; the compiler refuses files, network and processes",
                    false,
                    false,
                    dropsRoot: false);
            }

            yield return new Isolation(
                "a process of its own, an empty working folder; the compiler refuses files, network and processes",
                false,
                false,
                dropsRoot: false) { IsBare = true };
        }
    }

    /// <summary>Whether results have a descriptor of their own, apart from what the program prints.</summary>
    internal bool HasOwnChannel => !IsBare;

    private bool IsBare { get; init; }

    /// <summary>The .NET host that runs this process.</summary>
    internal static string Host
    {
        get
        {
            string root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
            return Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        }
    }

    /// <summary>The command that runs a program.</summary>
    /// <param name="folder">A folder for it: <c>root</c>, empty; <c>work</c>, empty.</param>
    /// <param name="program">The program.</param>
    /// <param name="limits">Its limits.</param>
    internal IReadOnlyList<string> Command(string folder, SandboxProgram program, SandboxLimits limits)
    {
        string[] run =
            [Host, "exec", HasOwnFiles ? $"/app/{program.File}" : Path.Combine(program.App, program.File), .. program.Arguments];
        if (IsBare)
        {
            return run;
        }

        string[] channel = program.HasOwnChannel ? ["sh", "-c", "exec \"$@\" 3>&1 1>/dev/null", "sh"] : [];
        string bytes = SandboxLimits.FileBytes.ToString(CultureInfo.InvariantCulture);
        string[] processor = limits.IsLasting
            ? []
            : [string.Create(CultureInfo.InvariantCulture, $"--cpu={Math.Ceiling(limits.Time.TotalSeconds)}")];
        string[] limited =
        [
            .. channel, "prlimit", $"--nproc={SandboxLimits.Threads}", .. processor, $"--fsize={bytes}", "--nofile=256", "--core=0", "--",
            .. run,
        ];

        // If this process dies, nothing else would stop a sleeping program. A lasting one ends with its input.
        string[] outlived = limits.IsLasting
            ? ["setsid", "--wait"]
            :
            [
                "setsid", "--wait", "timeout", "--signal=KILL",
                (limits.Time.TotalSeconds + 5).ToString("f0", CultureInfo.InvariantCulture),
            ];
        if (!HasOwnFiles)
        {
            return [.. outlived, .. limited];
        }

        string[] drop = _dropsRoot ? ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"] : [];
        string[] apart = ["unshare", "--user", "--map-root-user", "--net", "--pid", "--ipc", "--uts", "--mount", "--fork", "--kill-child"];
        return
        [
            .. outlived, .. drop, .. apart,
            "sh", "-c", Confine, "sh", Path.Combine(folder, "root"), program.App, Path.GetDirectoryName(Host) ?? "/", bytes,
            "sh", "-c", "cd /work && exec \"$@\"", "sh", "setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", .. limited,
        ];
    }
}
