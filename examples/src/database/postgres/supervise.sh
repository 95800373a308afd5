# Runs a server until nobody has held a lock on its file `users` for a while, and removes its folder.
# Arguments: the folder, the file that tells others of it, the server's command.
folder=$1 known=$2
shift 2
trap '' HUP INT
"$@" >"$folder/log" 2>&1 &
server=$!
idle=0
while kill -0 "$server" 2>/dev/null; do
    sleep 1
    if flock --nonblock "$folder/users" true; then idle=$((idle + 1)); else idle=0; fi
    [ "$idle" -ge 10 ] || continue
    # Whoever wants a server locks the file that tells of this one. It is not told of any more before it ends.
    exec 9<"$known"
    if flock --nonblock 9 && flock --nonblock "$folder/users" true; then
        [ "$(cat "$known")" != "$folder" ] || rm "$known"
        break
    fi
    exec 9<&-
done
kill -INT "$server" 2>/dev/null
wait "$server"
rm -r "$folder"
