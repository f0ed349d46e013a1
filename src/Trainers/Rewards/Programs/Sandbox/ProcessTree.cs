using System.Diagnostics;
using System.Globalization;

namespace RlCore.Trainers.Rewards;

/// <summary>A process and its descendants on Linux.</summary>
internal static class ProcessTree
{
    /// <summary>Resident memory of a process and all its descendants, in bytes; 0 if the system has no /proc.</summary>
    /// <param name="root">The process.</param>
    public static long ResidentBytes(int root)
    {
        if (!Directory.Exists("/proc/self"))
        {
            return 0;
        }

        var parents = new List<(int Process, int Parent, long Pages)>();
        foreach (int process in All())
        {
            if (TryRead(process, out int parent, out long pages))
            {
                parents.Add((process, parent, pages));
            }
        }

        var tree = new HashSet<int> { root };
        bool grew = true;
        while (grew)
        {
            int before = tree.Count;
            tree.UnionWith(parents.Where(entry => tree.Contains(entry.Parent)).Select(entry => entry.Process).ToArray());
            grew = tree.Count > before;
        }

        return parents.Where(entry => tree.Contains(entry.Process)).Sum(entry => entry.Pages) * Environment.SystemPageSize;
    }

    /// <summary>Kills every process whose command line names a folder, with its descendants.</summary>
    /// <param name="folder">The folder.</param>
    public static void KillAllNaming(string folder)
    {
        if (!Directory.Exists("/proc/self"))
        {
            return;
        }

        foreach (int process in All().Where(process => process != Environment.ProcessId && Names(process, folder)).ToArray())
        {
            try
            {
                using Process found = Process.GetProcessById(process);
                found.Kill(entireProcessTree: true);
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception
                or AggregateException)
            {
                // It has ended, or is another user's.
            }
        }
    }

    private static IEnumerable<int> All() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            ? process
            : 0)
        .Where(process => process > 0);

    private static string Read(int process, string file)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/{file}"));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // It has ended in the meantime.
            return "";
        }
    }

    // The folder itself, or something in it.
    private static bool Names(int process, string folder) => Read(process, "cmdline").Split('\0')
        .Any(word => word == folder || word.StartsWith($"{folder}/", StringComparison.Ordinal));

    // stat: "pid (name) state parent …"; the name may hold spaces and brackets. Resident pages are the 24th field.
    private static bool TryRead(int process, out int parent, out long pages)
    {
        (parent, pages) = (0, 0);
        string stat = Read(process, "stat");
        if (stat.Length == 0)
        {
            return false;
        }

        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out parent)
            && long.TryParse(fields[21], NumberStyles.None, CultureInfo.InvariantCulture, out pages);
    }
}
