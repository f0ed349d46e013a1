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
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int process)
                && TryRead(folder, out int parent, out long pages))
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

    // stat: "pid (name) state parent …"; the name may hold spaces and brackets. Resident pages are the 24th field.
    private static bool TryRead(string folder, out int parent, out long pages)
    {
        (parent, pages) = (0, 0);
        try
        {
            string stat = File.ReadAllText(Path.Combine(folder, "stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out parent)
                && long.TryParse(fields[21], NumberStyles.None, CultureInfo.InvariantCulture, out pages);
        }
        catch (IOException)
        {
            // It has ended in the meantime.
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
