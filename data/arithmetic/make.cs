#:project ../../src/Algebra/Algebra.csproj
#:property PublishAot=false

// Makes the CSV files beside this file: dotnet run data/arithmetic/make.cs
// The same files on every machine: the order of the pairs is a pure function of the seed.
using System.Runtime.CompilerServices;
using RlCore.Algebra;

const ulong Seed = 20;
const int Smallest = 0;
const int Largest = 99;

// The split is by unordered pair, so that no file knows the commuted twin of another's prompt.
(int A, int B)[] pairs = [.. from a in Enumerable.Range(Smallest, Largest - Smallest + 1)
                             from b in Enumerable.Range(a, Largest - a + 1)
                             select (a, b)];
int[] order = Philox.Permutation(Seed, RandomPurpose.Shuffle, 0, pairs.Length);
int next = 0;
Write("eval.csv", "answer", 500, 1);
Write("sft.csv", "completion", 600, 2);
Write("prompts.csv", "answer", 6000, 3);

WritePreferences("preferences.csv", "prompts.csv", 2000, 4);
WritePreferences("preferences-eval.csv", "eval.csv", 500, 5);

void Write(string name, string column, int rows, uint stream)
{
    var sums = new List<(int A, int B)>();
    while (sums.Count < rows)
    {
        var (a, b) = pairs[order[next++]];
        sums.Add((a, b));
        if (a != b && sums.Count < rows)
        {
            sums.Add((b, a));
        }
    }

    int[] places = Philox.Permutation(Seed, RandomPurpose.Shuffle, stream, rows);
    File.WriteAllText(
        Path.Combine(Path.GetDirectoryName(ThisFile()) ?? "", name),
        $"prompt,{column}\n"
            + string.Concat(places.Select(place => $"{sums[place].A}+{sums[place].B}=,{sums[place].A + sums[place].B}\n")));
}

// Prompts of another file, the right sum preferred to one that is wrong in one digit.
void WritePreferences(string name, string source, int rows, uint stream)
{
    string folder = Path.GetDirectoryName(ThisFile()) ?? "";
    string[] prompts = [.. File.ReadLines(Path.Combine(folder, source)).Skip(1).Take(rows)];
    File.WriteAllText(Path.Combine(folder, name), "prompt,chosen,rejected\n" + string.Concat(prompts.Select((line, row) =>
    {
        string[] cells = line.Split(',');
        char[] wrong = cells[1].ToCharArray();
        int place = (int)(Philox.Uniform(Seed, RandomPurpose.Control, stream, (uint)row, 0) * wrong.Length);
        int shift = 1 + (int)(Philox.Uniform(Seed, RandomPurpose.Control, stream, (uint)row, 1) * 9);
        wrong[place] = (char)('0' + ((wrong[place] - '0' + shift) % 10));
        return $"{line},{new string(wrong)}\n";
    })));
}

static string ThisFile([CallerFilePath] string path = "") => path;
