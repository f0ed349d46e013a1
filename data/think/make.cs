#:project ../../src/Algebra/Algebra.csproj
#:property PublishAot=false

// Makes the CSV files beside this file: dotnet run data/think/make.cs
// The same files on every machine: every number is a pure function of the seed.
using System.Runtime.CompilerServices;
using RlCore.Algebra;

const ulong Seed = 24;
const int Fewest = 3;
const int Most = 6;
const double Slips = 0.12;

// Sums of the same numbers in another order are the same question, and stand in one file only.
var seen = new HashSet<string>();
int drawn = 0;
Write("eval.csv", 400, "prompt,answer", Answered);
Write("cold.csv", 600, "prompt,completion", Worked);
Write("prompts.csv", 6000, "prompt,answer", Answered);
Write("hints.csv", 2000, "prompt,answer", Answered);

// The questions of cold.csv, answered without a thought.
File.WriteAllLines(PathOf("direct.csv"), File.ReadLines(PathOf("cold.csv")).Select(
    (row, i) => i == 0 ? row : $"{row[..row.IndexOf(',')]},{row[row.IndexOf('#')..]}"));

void Write(string name, int rows, string header, Func<int[], int, string> row) =>
    File.WriteAllLines(PathOf(name), [header, .. Enumerable.Range(0, rows).Select(i => row(Question(Fewest + (i % (Most - Fewest + 1))), i))]);

int[] Question(int count)
{
    while (true)
    {
        int[] terms = [.. Enumerable.Range(0, count).Select(place => 10 + (int)(90 * Uniform(0, drawn, place)))];
        drawn++;
        if (seen.Add(string.Join('+', terms.Order())))
        {
            return terms;
        }
    }
}

string Answered(int[] terms, int row) => $"{string.Join('+', terms)}=,{terms.Sum()}";

// One addition a step. Some steps slip in a digit; the mark ? takes such a step back, and it is done again.
string Worked(int[] terms, int row)
{
    string thought = "";
    int sum = terms[0];
    for (int place = 1; place < terms.Length; place++)
    {
        int next = sum + terms[place];
        if (Uniform(1, row, place) < Slips)
        {
            thought += $"{sum}+{terms[place]}={Slip(next, row, place)}?";
        }

        thought += $"{sum}+{terms[place]}={next};";
        sum = next;
    }

    return $"{string.Join('+', terms)}=,{thought}#{sum}";
}

string Slip(int number, int row, int place)
{
    char[] digits = [.. $"{number}"];
    int at = (int)(Uniform(2, row, place) * digits.Length);
    int digit = (digits[at] - '0' + 1 + (int)(9 * Uniform(3, row, place))) % 10;
    digits[at] = (char)('0' + (at == 0 && digit == 0 ? 1 + ((digits[at] - '0') % 9) : digit));
    return new string(digits);
}

double Uniform(uint purpose, int row, int place) => Philox.Uniform(Seed, RandomPurpose.Control, purpose, (uint)row, (uint)place);

static string PathOf(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);
