namespace RlCore.Trainers.Inputs;

/// <summary>Finds files that recipes and options name.</summary>
public static class InputFiles
{
    /// <summary>
    /// The full path of a file or folder that is looked for, in this order, under the working directory, the given folders,
    /// and the folder of the application (where the datasets and recipes that come with it lie).
    /// </summary>
    /// <param name="path">What was typed.</param>
    /// <param name="folders">Folders to look in after the working directory, such as the recipe's.</param>
    /// <returns>The first place where it exists; when there is none, its place under the working directory.</returns>
    public static string Resolve(string path, params IReadOnlyList<string> folders)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string[] places =
        [
            Path.GetFullPath(path),
            .. folders.Select(folder => Path.GetFullPath(path, Path.GetFullPath(folder))),
            Path.GetFullPath(path, AppContext.BaseDirectory),
        ];
        return Array.Find(places, Path.Exists) ?? places[0];
    }

    /// <summary>The problem of a file that does not exist: its full path, and the file nearby that may have been meant.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should be, as "a CSV file".</param>
    public static InputProblem Missing(string path, string what)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? full;
        if (Directory.Exists(full))
        {
            return new InputProblem(full, 0, "", "a folder", what);
        }

        if (!Directory.Exists(folder))
        {
            return new InputProblem(full, 0, "", $"no such file, nor its folder {folder}", what);
        }

        var nearby = Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);
        return Names.TryNearest(Path.GetFileName(full), nearby, out string nearest)
            ? new InputProblem(full, 0, "", $"no such file, but {Path.Combine(folder, nearest)}", what)
            : new InputProblem(full, 0, "", "no such file", what);
    }

    /// <summary>Makes sure, before any work, that a file is there and that another can be made of it.</summary>
    /// <param name="input">The file.</param>
    /// <param name="output">What is made of it.</param>
    /// <param name="overwrite">Whether a file of that name is replaced.</param>
    /// <param name="what">What the input should be, as "a CSV file".</param>
    /// <exception cref="InputException">It is not, or cannot be.</exception>
    internal static void CheckPair(string input, string output, bool overwrite, string what)
    {
        if (!File.Exists(input))
        {
            throw new InputException(Missing(input, what));
        }

        string full = Path.GetFullPath(output);
        string folder = Path.GetDirectoryName(full) ?? full;
        InputProblem? problem = full == Path.GetFullPath(input) ? new InputProblem(output, 0, "", "the input itself", "another file for the output")
            : Directory.Exists(full) ? new InputProblem(output, 0, "", "a folder", "the name of a CSV file")
            : !Directory.Exists(folder) ? new InputProblem(output, 0, "", $"no folder {folder}", "a file in a folder that exists")
            : File.Exists(full) && !overwrite ? new InputProblem(output, 0, "", "a file that is there already", "a new name, or --force to write over it")
            : null;
        if (problem is not null)
        {
            throw new InputException(problem);
        }
    }
}
