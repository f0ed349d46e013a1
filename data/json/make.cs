#:project ../../src/Algebra/Algebra.csproj
#:property PublishAot=false

// Makes sft.csv, prompts.csv and eval.csv beside this file: dotnet run data/json/make.cs
// The same files on every machine: the order of the facts is a pure function of the seed.
using System.Runtime.CompilerServices;
using RlCore.Algebra;

const ulong Seed = 21;
const int Youngest = 10;
const int Oldest = 99;

string[] names =
[
    "Ada", "Alan", "Amy", "Ann", "Ben", "Bob", "Cleo", "Dan", "Dora", "Ed", "Ella", "Emil", "Eva", "Finn", "Gil", "Greta", "Hal", "Hugo",
    "Ian", "Ida", "Ivo", "Jan", "Jill", "Jo", "Kai", "Kim", "Lea", "Leo", "Liv", "Lou", "Max", "Mia", "Ned", "Nina", "Nora", "Olga",
    "Otto", "Pam", "Pia", "Ray", "Rita", "Rob", "Rosa", "Sam", "Sue", "Tess", "Tim", "Tom", "Una", "Uwe", "Val", "Vera", "Will", "Yan",
    "Yara", "Zed", "Zoe",
];

// The split is by fact, so that no file knows another's fact in its other order.
(string Name, int Age)[] facts = [.. from name in names from age in Enumerable.Range(Youngest, Oldest - Youngest + 1) select (name, age)];
int[] order = Philox.Permutation(Seed, RandomPurpose.Shuffle, 0, facts.Length);
int next = 0;
Write("eval.csv", "answer", 300, 1);
Write("sft.csv", "completion", 150, 2);
Write("prompts.csv", "answer", 4000, 3);

void Write(string file, string column, int rows, uint stream)
{
    var lines = new List<string>();
    for (int row = 0; row < rows; row++)
    {
        var (name, age) = facts[order[next++]];
        bool nameFirst = Philox.Uniform(Seed, RandomPurpose.Control, stream, (uint)row, 0) < 0.5;
        string prompt = nameFirst ? $"name={name} age={age} ->" : $"age={age} name={name} ->";
        lines.Add($"{prompt},\"{{\"\"name\"\":\"\"{name}\"\",\"\"age\"\":{age}}}\"\n");
    }

    File.WriteAllText(Path.Combine(Path.GetDirectoryName(ThisFile()) ?? "", file), $"prompt,{column}\n" + string.Concat(lines));
}

static string ThisFile([CallerFilePath] string path = "") => path;
