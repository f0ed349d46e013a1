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

// Sums of three numbers that fit into the same context: one of two digits, then two of one digit, at most 99.
(int A, int B, int C)[] triples = [.. from a in Enumerable.Range(10, 72)
                                      from b in Enumerable.Range(0, 10)
                                      from c in Enumerable.Range(b, 10 - b)
                                      select (a, b, c)];
int[] triplePlaces = Philox.Permutation(Seed, RandomPurpose.Shuffle, 6, triples.Length);
int nextTriple = 0;
WriteRows("three-eval.csv", "answer", Triples(500), 7);
WriteRows("three.csv", "completion", [.. Triples(4000), .. File.ReadLines(PathOf("prompts.csv")).Skip(1).Take(2000)], 8);

void Write(string name, string column, int rows, uint stream)
{
    var sums = new List<string>();
    while (sums.Count < rows)
    {
        var (a, b) = pairs[order[next++]];
        sums.Add($"{a}+{b}=,{a + b}");
        if (a != b && sums.Count < rows)
        {
            sums.Add($"{b}+{a}=,{a + b}");
        }
    }

    WriteRows(name, column, sums, stream);
}

// Both orders of the last two, as for pairs.
List<string> Triples(int rows)
{
    var sums = new List<string>();
    while (sums.Count < rows)
    {
        var (a, b, c) = triples[triplePlaces[nextTriple++]];
        sums.Add($"{a}+{b}+{c}=,{a + b + c}");
        if (b != c && sums.Count < rows)
        {
            sums.Add($"{a}+{c}+{b}=,{a + b + c}");
        }
    }

    return sums;
}

void WriteRows(string name, string column, IReadOnlyList<string> rows, uint stream)
{
    int[] places = Philox.Permutation(Seed, RandomPurpose.Shuffle, stream, rows.Count);
    File.WriteAllText(PathOf(name), $"prompt,{column}\n" + string.Concat(places.Select(place => rows[place] + "\n")));
}

// Prompts of another file, the right sum preferred to one that is wrong in one digit.
void WritePreferences(string name, string source, int rows, uint stream)
{
    string[] prompts = [.. File.ReadLines(PathOf(source)).Skip(1).Take(rows)];
    File.WriteAllText(PathOf(name), "prompt,chosen,rejected\n" + string.Concat(prompts.Select((line, row) =>
    {
        string[] cells = line.Split(',');
        char[] wrong = cells[1].ToCharArray();
        int place = (int)(Philox.Uniform(Seed, RandomPurpose.Control, stream, (uint)row, 0) * wrong.Length);
        int shift = 1 + (int)(Philox.Uniform(Seed, RandomPurpose.Control, stream, (uint)row, 1) * 9);
        wrong[place] = (char)('0' + ((wrong[place] - '0' + shift) % 10));
        return $"{line},{new string(wrong)}\n";
    })));
}

static string PathOf(string name) => Path.Combine(Path.GetDirectoryName(ThisFile()) ?? "", name);

static string ThisFile([CallerFilePath] string path = "") => path;
