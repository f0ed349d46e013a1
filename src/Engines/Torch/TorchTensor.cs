using System.Runtime.CompilerServices;
using RlCore.Algebra;
using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>
/// A matrix on libtorch, CPU or CUDA, with libtorch's reverse mode: the carrier of <see cref="IAlgebra{T}"/> and the tensor of
/// <see cref="TorchEngine"/>.
/// </summary>
/// <remarks>Shapes are checked before every native call, since some native shape errors end the process.</remarks>
public readonly partial struct TorchTensor : ITensor<TorchTensor>
{
    private static readonly Scalar Zero = 0.0;

    private readonly Tensor _value;

    internal TorchTensor(Tensor value, TorchContext context, int rows, int columns, ParameterSlot? slot = null)
    {
        _value = value;
        Context = context;
        Rows = rows;
        Columns = columns;
        Slot = slot;
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public int Columns { get; }

    /// <summary>The TorchSharp tensor, [Rows, Columns], with its gradient history.</summary>
    public Tensor Value => _value;

    internal TorchContext Context { get; }

    internal ParameterSlot? Slot { get; }

    /// <summary>Whether this is a frozen weight stored in bfloat16, which few operations take.</summary>
    internal bool IsHalfWeight => Slot is { IsFrozen: true } slot && slot.Master.dtype == ScalarType.BFloat16;

    /// <summary>The value as an operand of any operation.</summary>
    /// <exception cref="ArgumentException">It is a frozen weight stored in bfloat16.</exception>
    internal Tensor Operand => !IsHalfWeight
        ? _value
        : throw new ArgumentException(
            $"The tensor of [{Rows}, {Columns}] is a bfloat16 weight: it can be the weight of Linear, the table of GatherRows, and the "
                + "head of SelectedLogProbs and Sample, and nothing else.");

    /// <summary>
    /// A TorchSharp matrix as a carrier of the formulas, on whatever device and of whatever floating-point type it is; gradients flow
    /// to it as far as it tracks them. It is not copied, and stays the caller's to dispose of.
    /// </summary>
    /// <param name="matrix">[rows, columns].</param>
    /// <exception cref="ArgumentException">It is not a matrix of floating-point numbers.</exception>
    public static TorchTensor Wrap(Tensor matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.Dimensions != 2 || !matrix.is_floating_point())
        {
            throw new ArgumentException(
                $"A floating-point matrix is needed, but the tensor is {matrix.dtype} of shape [{string.Join(", ", matrix.shape)}].",
                nameof(matrix));
        }

        return new TorchTensor(matrix, TorchContext.Of(matrix.device), checked((int)matrix.size(0)), checked((int)matrix.size(1)));
    }

    /// <summary>Shape, type and device.</summary>
    public override string ToString() => _value is null ? "empty" : $"[{Rows}, {Columns}] {_value.dtype} on {_value.device}";

    /// <summary>The value as an operand, in the number format of the arithmetic.</summary>
    internal Tensor InComputeType()
    {
        Tensor operand = Operand;
        if (Slot is not null)
        {
            return Slot.In(Context.Compute);
        }

        return Context.Precision == TorchPrecision.F32 || operand.dtype == Context.Compute ? operand : operand.to(Context.Compute);
    }

    /// <summary>The weight, for a function that converts a bfloat16 one itself; any other is in the arithmetic's format.</summary>
    internal Tensor AsWeight() => IsHalfWeight ? _value : InComputeType();

    private static TorchTensor Like(TorchTensor like, Tensor value) => new(value, like.Context, like.Rows, like.Columns);

    // A result leaves the scope that frees the operation's temporaries.
    private static TorchTensor Leaving(TorchTensor like, Tensor value) => Leaving(like.Context, value, like.Rows, like.Columns);

    private static TorchTensor Leaving(TorchContext context, Tensor value, int rows, int columns) =>
        new(value.MoveToOuterDisposeScope(), context, rows, columns);

    private static void RequireSameShape(TorchTensor left, TorchTensor right, [CallerMemberName] string operation = "")
    {
        RequireSameEngine(left, right);
        if (left.Rows != right.Rows || left.Columns != right.Columns)
        {
            throw new ArgumentException(
                $"{Name(operation)} needs equal shapes, but got [{left.Rows}, {left.Columns}] and [{right.Rows}, {right.Columns}].");
        }
    }

    private static void RequireShape(TorchTensor x, int rows, int columns, string what, [CallerMemberName] string operation = "")
    {
        if (x.Rows != rows || x.Columns != columns)
        {
            throw new ArgumentException($"{operation} needs {what} of [{rows}, {columns}], but got [{x.Rows}, {x.Columns}].");
        }
    }

    private static void RequireSameEngine(TorchTensor left, TorchTensor right)
    {
        if (left.Context != right.Context)
        {
            throw new InvalidOperationException("Tensors of two engines do not mix.");
        }
    }

    private static string Name(string operation) => operation switch
    {
        "op_Addition" => "+",
        "op_Subtraction" => "-",
        "op_Multiply" => "*",
        "op_Division" => "/",
        _ => operation,
    };
}
