namespace RlCore.Trainers.Export;

/// <summary>How a GGUF file stores a value of its metadata. Values are those of the format.</summary>
internal enum GgufValueType
{
    /// <summary>8-bit integer from 0 on.</summary>
    UInt8 = 0,

    /// <summary>8-bit integer.</summary>
    Int8 = 1,

    /// <summary>16-bit integer from 0 on.</summary>
    UInt16 = 2,

    /// <summary>16-bit integer.</summary>
    Int16 = 3,

    /// <summary>32-bit integer from 0 on.</summary>
    UInt32 = 4,

    /// <summary>32-bit integer.</summary>
    Int32 = 5,

    /// <summary>32-bit floating point.</summary>
    Float32 = 6,

    /// <summary>A truth value, in a byte.</summary>
    Bool = 7,

    /// <summary>A text: its length in bytes, then UTF-8.</summary>
    Text = 8,

    /// <summary>A list of values of one type.</summary>
    List = 9,

    /// <summary>64-bit integer from 0 on.</summary>
    UInt64 = 10,

    /// <summary>64-bit integer.</summary>
    Int64 = 11,

    /// <summary>64-bit floating point.</summary>
    Float64 = 12,
}
