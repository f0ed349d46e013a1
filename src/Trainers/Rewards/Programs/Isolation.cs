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

    // Creates a root file system with the runtime (read-only) and an empty /work and /tmp; then runs the command in it.
    private const string Confine = """
        set -eu
        root=$1; app=$2; dotnet=$3; bytes=$4; shift 4
        mount -t tmpfs -o "size=$bytes,mode=0755,nosuid,nodev" tmpfs "$root"
        show() { mkdir -p "$root$2"; mount --rbind "$1" "$root$2"; mount -o remount,bind,ro,nosuid "$root$2"; }
        for folder in /usr /bin /lib /lib64; do
          if [ -L "$folder" ]; then ln -s "$(readlink "$folder")" "$root$folder"; elif [ -d "$folder" ]; then show "$folder" "$folder"; fi
        done
        [ -e "$root$dotnet" ] || show "$dotnet" "$dotnet"
        show "$app" /app
        mkdir "$root/proc" "$root/dev" "$root/work" "$root/tmp"
        mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
        for device in null zero urandom; do : > "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
        chmod 777 "$root/work" "$root/tmp"
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
    /// <param name="folder">The program's folder: <c>app</c>, the assembly; <c>root</c>, empty; <c>work</c>, empty.</param>
    /// <param name="limits">Its limits.</param>
    internal IReadOnlyList<string> Command(string folder, SandboxLimits limits)
    {
        string app = Path.Combine(folder, "app");
        string[] program = [Host, "exec", HasOwnFiles ? "/app/program.dll" : Path.Combine(app, "program.dll")];
        if (IsBare)
        {
            return program;
        }

        string seconds = Math.Ceiling(limits.Time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        string bytes = SandboxLimits.FileBytes.ToString(CultureInfo.InvariantCulture);
        string[] limited =
        [
            "prlimit", $"--nproc={SandboxLimits.Threads}", $"--cpu={seconds}", $"--fsize={bytes}", "--nofile=256", "--core=0", "--",
            .. program,
        ];

        // If this process dies, nothing else would stop a sleeping program.
        string[] outlived =
        [
            "setsid",
            "--wait",
            "timeout",
            "--signal=KILL",
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
            "sh", "-c", Confine, "sh", Path.Combine(folder, "root"), app, Path.GetDirectoryName(Host) ?? "/", bytes,
            "sh", "-c", "cd /work && exec \"$@\"", "sh", "setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", .. limited,
        ];
    }
}
