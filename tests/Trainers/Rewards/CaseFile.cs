using System.Text.Json;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>Tables of cases in the folder Cases: JSON, a list of rows of texts.</summary>
internal static class CaseFile
{
    public static string?[][] Rows(string name)
    {
        string file = Path.Combine(Repository.Root, "tests", "Trainers", "Rewards", "Cases", name);
        return JsonSerializer.Deserialize<string?[][]>(File.ReadAllText(file))!;
    }
}
