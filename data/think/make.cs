#:project ../../src/Algebra/Algebra.csproj
#:property PublishAot=false

// Makes the CSV files beside this file: dotnet run data/think/make.cs
// The same files on every machine: every number is a pure function of the seed.
using System.Globalization;
using System.Runtime.CompilerServices;
using RlCore.Algebra;

const ulong Seed = 24;
const int Digits = 5;
const double Slips = 0.06;
const double Haste = 0.1;

// A sum and its commuted twin are one question, and stand in one file only.
var seen = new HashSet<(int, int)>();
int drawn = 0;
Write("eval.csv", 300, "prompt,answer", Answered);
Write("questions.csv", 800, "prompt,answer", Answered);
Write("cold.csv", 400, "prompt,completion", Worked);
Write("prompts.csv", 6000, "prompt,answer", Answered);

// The questions of cold.csv, answered twice: first in haste, so that some columns slip and nothing is taken back; then with care, after
// such an answer and what is said of it. After ! it is wrong, and the sum is worked out anew; after . it is right, and is given again.
File.WriteAllLines(PathOf("twice.csv"), File.ReadLines(PathOf("cold.csv")).SelectMany((row, i) =>
{
    if (i == 0)
    {
        return [row];
    }

    int[] numbers = [.. row[..row.IndexOf('=')].Split('+').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
    string prompt = Prompt(numbers[0], numbers[1]);
    string Attempt(Func<int, bool> slips) => Thought(numbers[0], numbers[1], i, slips);
    string careful = Attempt(_ => false);
    int wrong = i % 2 == 0 ? (int)(Digits * Uniform(3, i, 0)) : -1;
    return new[]
    {
        $"{prompt},{Attempt(place => Uniform(4, i, place) < Haste)}",
        wrong < 0
            ? $"{prompt}{careful}.,{careful[careful.IndexOf('#')..]}"
            : $"{prompt}{Attempt(place => place == wrong)}!,{careful}",
    };
}));

// The questions of cold.csv, answered without a thought.
File.WriteAllLines(PathOf("direct.csv"), File.ReadLines(PathOf("cold.csv")).Select(
    (row, i) => i == 0 ? row : $"{row[..row.IndexOf(',')]},{row[row.IndexOf('#')..]}"));

void Write(string name, int rows, string header, Func<int, int, int, string> row) => File.WriteAllLines(
    PathOf(name),
    [header, .. Enumerable.Range(0, rows).Select(i =>
    {
        var (a, b) = Question(3 + (i % 3));
        return row(a, b, i);
    })]);

// Two numbers of three to five digits.
(int A, int B) Question(int digits)
{
    while (true)
    {
        int least = (int)Math.Pow(10, digits - 1);
        int a = least + (int)(9 * least * Uniform(0, drawn, 0));
        int b = least + (int)(9 * least * Uniform(0, drawn, 1));
        drawn++;
        if (seen.Add((Math.Min(a, b), Math.Max(a, b))))
        {
            return (a, b);
        }
    }
}

string Prompt(int a, int b) => $"{Padded(a, Digits)}+{Padded(b, Digits)}=";

string Answered(int a, int b, int row) => $"{Prompt(a, b)},{a + b}";

// A column a step, from the right: its digits and the carry, and what they sum to. Some columns slip; the mark ? takes such a step back,
// and it is done again.
string Worked(int a, int b, int row)
{
    string thought = "";
    int carry = 0;
    for (int place = 0; place < Digits; place++)
    {
        int x = Digit(a, place), y = Digit(b, place);
        string step = $"{(char)('a' + place)}{x}+{y}+{carry}=";
        int sum = x + y + carry;
        if (Uniform(1, row, place) < Slips)
        {
            int slip = (sum + new[] { 1, 9, 10, 11 }[(int)(4 * Uniform(2, row, place))]) % 20;
            thought += $"{step}{Padded(slip, 2)}?";
        }

        thought += $"{step}{Padded(sum, 2)};";
        carry = sum / 10;
    }

    return $"{Prompt(a, b)},{thought}#{Padded(a + b, Digits + 1)}";
}

// A thought in which columns may slip; what follows goes on from there.
string Thought(int a, int b, int row, Func<int, bool> slips)
{
    string thought = "", digits = "";
    int carry = 0;
    for (int place = 0; place < Digits; place++)
    {
        int x = Digit(a, place), y = Digit(b, place);
        int sum = x + y + carry;
        if (slips(place))
        {
            sum = (sum + new[] { 1, 9, 10, 11 }[(int)(4 * Uniform(5, row, place))]) % 20;
        }

        thought += $"{(char)('a' + place)}{x}+{y}+{carry}={Padded(sum, 2)};";
        digits = $"{sum % 10}{digits}";
        carry = sum / 10;
    }

    return $"{thought}#{carry}{digits}";
}

static int Digit(int number, int place) => number / (int)Math.Pow(10, place) % 10;

static string Padded(int number, int digits) => number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');

double Uniform(uint purpose, int row, int place) => Philox.Uniform(Seed, RandomPurpose.Control, purpose, (uint)row, (uint)place);

static string PathOf(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);
